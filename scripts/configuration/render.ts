import { ConfigSchema } from '../../schemas/config.ts'

interface Variable { type?: string, minimum?: number, maximum?: number, enum?: string[], default: unknown, description: string }

const variables = Object.entries(ConfigSchema.properties as unknown as Record<string, Variable>)

function values ({ type, minimum, maximum, enum: options }: Variable): string {
  if (options) return options.map((option) => `\`${option}\``).join(', ')
  const range = [minimum !== undefined && `≥ ${minimum}`, maximum !== undefined && `≤ ${maximum}`].filter(Boolean).join(', ')
  return `${type}${range && ` ${range}`}`
}

function shown (value: unknown): string {
  return value === '' ? 'empty' : `\`${String(value)}\``
}

/** `docs/configuration.md`: one row for each environment variable. */
export function renderTable (): string {
  const rows = variables.map(([name, variable]) =>
    `| \`${name}\` | ${values(variable)} | ${shown(variable.default)} | ${variable.description} |`)
  return `# Configuration

Environment variables, read once at start; a file \`.env\` in the working folder gives those that the environment does
not. A value that does not fit is refused with its name. Units are the ends of names: \`_MS\` milliseconds, \`_S\` seconds,
\`_BYTES\` bytes. This page comes from \`schemas/config.ts\` by \`npm run docs:configuration\`.

| variable | values | default | effect |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

/** `.env.example`: each variable, commented out, with its default. */
export function renderExample (): string {
  const entries = variables.map(([name, variable]) => `# ${variable.description.replaceAll('`', '')}\n# ${name}=${String(variable.default)}`)
  return `# Copy to .env and take the comment sign from what you change; docs/configuration.md has the whole table.\n\n${entries.join('\n\n')}\n`
}

/** Known vulnerabilities of level high or critical in the JSON of `npm audit`; undefined if it could not ask for them. */
export function countVulnerabilities (output: string): number | undefined {
  try {
    const { metadata } = JSON.parse(output) as { metadata?: { vulnerabilities: { high: number, critical: number } } }
    return metadata && metadata.vulnerabilities.high + metadata.vulnerabilities.critical
  } catch {
    return undefined
  }
}

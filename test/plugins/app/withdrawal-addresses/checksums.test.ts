import { sha256 } from '@noble/hashes/sha2.js'
import { createBase58check } from '@scure/base'
import fc from 'fast-check'
import t from 'tap'
import { faultOf } from '../../../../plugins/app/withdrawal-addresses/checksums.ts'

/** The examples of EIP-55, those all in upper and all in lower case included. */
const ERC20 = [
  '0x52908400098527886E0F7030069857D2E4169EE7', '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
  '0xde709f2102306220921060314715629080e2fb77', '0x27b1fdb04752bbc536007a920d24acb045561c26',
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB', '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb'
] as const
/** Contracts of USDT and USDC, and the example of TRON's documentation. */
const TRC20 = ['TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t', 'TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8', 'TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL'] as const
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const base58check = createBase58check(sha256)

const swapCase = (letter: string) => letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()
const replaceAt = (text: string, i: number, other: string) => text.slice(0, i) + other + text.slice(i + 1)

t.test('known addresses are good, each on its own network', async (t) => {
  for (const address of ERC20) {
    t.equal(faultOf('ERC20', address), null, address)
    t.equal(faultOf('TRC20', address), 'checksum', address)
  }
  for (const address of TRC20) {
    t.equal(faultOf('TRC20', address), null, address)
    t.equal(faultOf('ERC20', address), 'checksum', address)
  }
})

t.test('an Ethereum address without its mixed case is refused: nothing would tell a slip in it', async (t) => {
  for (const address of ERC20.slice(4)) {
    t.equal(faultOf('ERC20', address.toLowerCase()), 'checksum')
    t.equal(faultOf('ERC20', `0x${address.slice(2).toUpperCase()}`), 'checksum')
  }
})

t.test('any letter of an Ethereum address in the other case is refused', async () => {
  const letters = fc.constantFrom(...ERC20).chain((address) => {
    const places = [...address.slice(2)].flatMap((digit, i) => /[a-f]/i.test(digit) ? [i + 2] : [])
    return fc.tuple(fc.constant(address), fc.constantFrom(...places))
  })
  fc.assert(fc.property(letters, ([address, i]) => faultOf('ERC20', replaceAt(address, i, swapCase(address.charAt(i)))) === 'checksum'))
})

t.test('any other character in an address is refused', async () => {
  // each letter of an Ethereum address is one bit of its checksum: of those with many a change is missed once in some
  // thousands, of those with few more often, so the addresses have many and the seed is fixed
  const change = (addresses: readonly string[], letters: string) => fc.tuple(fc.constantFrom(...addresses), fc.nat(), fc.constantFrom(...letters))
    .map(([address, n, letter]) => ({ address, changed: replaceAt(address, n % address.length, letter) }))
    .filter(({ address, changed }) => address !== changed)
  fc.assert(fc.property(change(ERC20.slice(4), '0123456789abcdefABCDEFxg '), ({ changed }) => faultOf('ERC20', changed) === 'checksum'), { seed: 55, numRuns: 1000 })
  fc.assert(fc.property(change(TRC20, BASE58 + '0OIl '), ({ changed }) => faultOf('TRC20', changed) === 'checksum'), { numRuns: 1000 })
})

t.test('any account of TRON has one good spelling, and only with its version and length', async () => {
  const encode = (version: number, account: Uint8Array) => base58check.encode(Uint8Array.from([version, ...account]))
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).filter((account) => account.some((byte) => byte > 0))

  fc.assert(fc.property(bytes(20), (account) => faultOf('TRC20', encode(0x41, account)) === null))
  fc.assert(fc.property(bytes(20), fc.nat({ max: 255 }).filter((version) => version !== 0x41), (account, version) => faultOf('TRC20', encode(version, account)) === 'checksum'))
  fc.assert(fc.property(fc.constantFrom(1, 19, 21, 32).chain(bytes), (account) => faultOf('TRC20', encode(0x41, account)) === 'checksum'))
})

t.test('the zero address is refused, and so is what is no address at all', async (t) => {
  t.equal(faultOf('ERC20', `0x${'0'.repeat(40)}`), 'zero')
  t.equal(faultOf('TRC20', 'T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb'), 'zero')
  for (const text of ['', '0x', '0x0', `0x${'0'.repeat(39)}`, `0X${ERC20[4].slice(2)}`, ERC20[4].slice(2), `${ERC20[4]} `, `${ERC20[4]}\n`, 'T', '１'.repeat(34)]) {
    t.equal(faultOf('ERC20', text), 'checksum', JSON.stringify(text))
    t.equal(faultOf('TRC20', text), 'checksum', JSON.stringify(text))
  }
})

import { keccak_256 as keccak256 } from '@noble/hashes/sha3.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { createBase58check } from '@scure/base'
import type { Network } from '../../../schemas/withdrawal-addresses.ts'

const ERC20 = /^0x[0-9a-fA-F]{40}$/
/** Hexadecimal digits from this one on are upper case if the digit of the hash is. */
const UPPER_FROM = 8
/** First of the 21 bytes of an address of TRON's main network. */
const TRON_VERSION = 0x41
const TRON_LENGTH = 21

const base58check = createBase58check(sha256)

/** An address in the one mix of upper and lower case that EIP-55 gives it; the digits must be hexadecimal. */
function withCase (address: string): string {
  const digits = address.slice(2).toLowerCase()
  const hash = bytesToHex(keccak256(utf8ToBytes(digits)))
  return '0x' + [...digits].map((digit, i) => parseInt(hash.charAt(i), 16) >= UPPER_FROM ? digit.toUpperCase() : digit).join('')
}

function decodeTron (address: string): Uint8Array | null {
  try {
    return base58check.decode(address)
  } catch {
    return null
  }
}

interface Reading {
  isValid: boolean
  /** The address that nobody has: what is sent there is lost. */
  isZero: boolean
}

const READ: Record<Network, (address: string) => Reading> = {
  ERC20: (address) => ({ isValid: ERC20.test(address) && withCase(address) === address, isZero: /^0x0+$/.test(address) }),
  TRC20 (address) {
    const [version, ...account] = decodeTron(address) ?? []
    return { isValid: version === TRON_VERSION && account.length === TRON_LENGTH - 1, isZero: account.every((byte) => byte === 0) }
  }
}

/** Where the rules of the checksums come from. */
export const RULES: Record<Network, string> = {
  ERC20: 'EIP-55 (https://eips.ethereum.org/EIPS/eip-55)',
  TRC20: 'base58check (https://developers.tron.network/docs/account)'
}

/**
 * What is wrong with an address of a network; null for one that money may be sent to. An Ethereum address all in lower or upper
 * case has no checksum, so nothing tells a slip of a finger in it: refused, but where EIP-55 spells it that way.
 */
export function faultOf (network: Network, address: string): 'checksum' | 'zero' | null {
  const { isValid, isZero } = READ[network](address)
  if (!isValid) return 'checksum'
  return isZero ? 'zero' : null
}

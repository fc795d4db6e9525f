import { EngineFault } from '../../ports.js';

/**
 * JSON text of what a policy is given, as bytes. Throws `EngineFault` where it is larger than `limit` bytes, or
 * holds a number that would lose digits on the way (JSON numbers are exact up to 2^53).
 */
export function encode(value: unknown, limit: number): ArrayBuffer {
  checkNumbers('', value);
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  if (bytes.length > limit) {
    throw new EngineFault(
      `${bytes.length} bytes are more than the ${limit} that a policy is given.`,
    );
  }
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function checkNumbers(key: string, value: unknown): void {
  if (typeof value === 'number' && !isExact(value)) {
    throw new EngineFault(`The number ${value} of ${key} is not exact.`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [inner, item] of Object.entries(value)) checkNumbers(inner, item);
}

function isExact(number: number): boolean {
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER;
}

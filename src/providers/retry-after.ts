/** No provider asks for longer in earnest; a typing error there must not stop us for a year. */
const WAIT_MAX_MS = 24 * 60 * 60 * 1000;

/**
 * Reads `Retry-After` as milliseconds from `nowMs`: whole seconds, a fraction (Graph), or an HTTP
 * date. Null when it is absent or unreadable. Source: RFC 9110 10.2.3; Graph, throttling.
 */
export function readRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return bound(Number(text) * 1000);
  // Date.parse alone would read almost anything, `-5` and `2026` among it.
  if (!/^[A-Za-z]{3,9}, /.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : bound(at - nowMs);
}

const bound = (ms: number) => Math.min(Math.max(Math.ceil(ms), 0), WAIT_MAX_MS);

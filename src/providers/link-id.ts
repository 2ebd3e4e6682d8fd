import type { LinkId } from '../calendar/ids.ts';

/** A link id as it was read at a provider, where anybody could have written anything. */
export function readLinkId(value: string | null | undefined): LinkId | null {
  const id = value?.toLowerCase() ?? '';
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  return isUuid ? (id as LinkId) : null;
}

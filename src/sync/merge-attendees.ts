import { type Attendee, sortAttendees } from '../calendar/event.ts';
import type { Flow, Side } from './link.ts';
import { isSameGuest } from './same.ts';

type Guests = readonly Attendee[];
export interface GuestPair {
  local: Guests;
  remote: Guests;
}

export interface GuestMerge {
  local: Guests;
  remote: Guests;
  /**
   * What is agreed while the write to the provider is still to come: of what only the CRM changed,
   * `local` says what it was before, so that a crash in between loses nothing and repeats nothing.
   */
  agreed: GuestPair;
  /** The side that won where both changed one address differently; null where there is none. */
  winner: Side | null;
  /** The merged list with the losing side's view of those addresses. */
  lost: Guests;
}

interface GuestValues {
  local: Guests;
  remote: Guests;
  agreed: GuestPair;
  /** Which side wins where both changed one address differently. */
  winner: Side;
  flow: Flow;
}

/** Merges guests address by address, each side changing its own list: no list is replaced whole. */
export function mergeAttendees(values: GuestValues): GuestMerge {
  const { local, remote, agreed, winner, flow } = values;
  const [here, there] = [byAddress(local), byAddress(remote)];
  const [wasHere, wasThere] = [byAddress(agreed.local), byAddress(agreed.remote)];
  const ends = { local: [] as Guest[], remote: [] as Guest[], known: [] as Guest[] };
  const lost: Guest[] = [];
  let isConflict = false;

  for (const email of addressesOf(here, there, wasHere, wasThere)) {
    const [ours, theirs, before] = [here.get(email), there.get(email), wasHere.get(email)];
    const isLocalChanged = !isSameGuest(ours, before);
    const isRemoteChanged = !isSameGuest(theirs, wasThere.get(email));
    const isDisputed = isLocalChanged && isRemoteChanged;
    const from = isDisputed ? winner : isLocalChanged ? 'local' : isRemoteChanged ? 'remote' : null;
    const isMoving =
      !isSameGuest(ours, theirs) &&
      ((from === 'local' && flow.canWrite) || (from === 'remote' && flow.canRead));

    const newLocal = isMoving && from === 'remote' ? named(theirs, ours) : ours;
    ends.local.push(newLocal);
    ends.remote.push(isMoving && from === 'local' ? named(ours, theirs) : theirs);
    // What is still to be written is not agreed yet.
    const isPending = isMoving && from === 'local';
    ends.known.push(isPending || from === null ? before : newLocal);
    if (isDisputed && isMoving) isConflict = true;
    lost.push(isDisputed && isMoving ? (from === 'local' ? theirs : ours) : newLocal);
  }
  return {
    local: present(ends.local),
    remote: present(ends.remote),
    agreed: { local: present(ends.known), remote },
    winner: isConflict ? winner : null,
    lost: present(lost),
  };
}

/**
 * The pair after a write of `sent` that the provider answered with `answer`: what the write carried
 * over is agreed now, address by address; what it did not touch keeps what was agreed of it.
 */
export function agreeOnGuests(
  agreed: GuestPair | undefined,
  sent: Guests,
  answer: Guests,
): GuestPair {
  if (!agreed) return { local: sent, remote: answer };
  const [was, written, known] = [
    byAddress(agreed.remote),
    byAddress(sent),
    byAddress(agreed.local),
  ];
  const local = addressesOf(was, written, known).map((email) =>
    isSameGuest(written.get(email), was.get(email)) ? known.get(email) : written.get(email),
  );
  return { local: present(local), remote: answer };
}

type Guest = Attendee | undefined;
type Index = ReadonlyMap<string, Attendee>;

const byAddress = (list: Guests): Index => new Map(list.map((one) => [one.email, one]));
const addressesOf = (...lists: Index[]) => [...new Set(lists.flatMap((list) => [...list.keys()]))];
const present = (list: Guest[]) => sortAttendees(list.filter((one) => one !== undefined));

/** What is taken over, under the name it comes with, else the one that is known already. */
const named = (guest: Guest, known: Guest): Guest =>
  guest && { ...guest, name: guest.name || (known?.name ?? '') };

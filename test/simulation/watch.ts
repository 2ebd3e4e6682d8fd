import type { HttpRequest, HttpResponse } from '../../src/runtime.ts';
import type { Side, World } from './world.ts';

/**
 * What must hold at every step, and cannot be seen at the end any more: nothing is written whose
 * intent is not stored, no wait is cut short that a provider asked for, and what was refused because
 * it had changed is read before it is written again.
 */
export interface Watch {
  /**
   * Complaints about a call that is decided on. A worker may stall before it goes out, and another
   * one have done it and have cleared the record meanwhile.
   */
  whenDecided(request: HttpRequest): Promise<string[]>;
  /** Complaints about a call that goes out now. */
  beforeCall(request: HttpRequest): string[];
  /** Notes what the answer asks for. */
  afterCall(request: HttpRequest, answer: HttpResponse): void;
  /** A person begins anew: a wait goes with the connection's jobs. */
  forgetWait(side: Side): void;
}

const kindOf: Partial<Record<HttpRequest['method'], string>> = {
  POST: 'create',
  PATCH: 'update',
  PUT: 'update',
  DELETE: 'delete',
};

/**
 * `isForgetful`: workers are killed or stalled, or their clocks differ, so that a wait may be
 * forgotten or seem to be over. `mayOverlap`: a lease may seem to be over, too, and two be at the same
 * copy, so that what one recorded the other has settled before it is sent.
 */
export function createWatch(
  world: World,
  { isForgetful, mayOverlap }: { isForgetful: boolean; mayOverlap: boolean },
): Watch {
  const notBefore = new Map<Side, number>();
  /** What has changed there since it was read; any reading may have told of it. */
  const refused = new Set<string>();

  async function findUnannounced({ method, url }: HttpRequest): Promise<string[]> {
    const [, eventId] = /\/events(?:\/([^/?]+))?(?:\?|$)/.exec(url) ?? [];
    const kind = kindOf[method];
    if (!kind || !/\/events/.test(url)) return [];
    const { rows } = await world.admin.query<{ count: number }>(
      `select count(*)::int as count from event_links l
         join calendar_integrations i on i.tenant_id = l.tenant_id and i.id = l.connection_id
       where l.tenant_id = $1 and i.provider = $2 and l.sent ->> 'kind' = $3
         and ($3 = 'create' or l.external_id = $4)`,
      [
        world.tenantId,
        sideOf(url).toUpperCase(),
        kind,
        eventId === undefined ? null : decodeURIComponent(eventId),
      ],
    );
    return rows[0]?.count ? [] : [`${kind} of ${eventId ?? 'a new event'} was sent unrecorded`];
  }

  return {
    whenDecided: async (request) =>
      isApiCall(request) && !mayOverlap ? findUnannounced(request) : [],
    beforeCall(request) {
      if (!isApiCall(request) || isForgetful) return [];
      const side = sideOf(request.url);
      const waitMs = (notBefore.get(side) ?? 0) - world.scheduler.now();
      const complaints = waitMs > 0 ? [`${side} was called ${waitMs} ms before it allowed to`] : [];
      if (request.method !== 'GET' && refused.has(pathOf(request))) {
        complaints.push(`${side} refused a version, and is written to again without a look`);
      }
      return complaints;
    },
    afterCall(request, { status, headers }) {
      if (request.method === 'GET') refused.clear();
      else if (status === 412) refused.add(pathOf(request));
      const seconds = Number(headers['retry-after']);
      if (!isApiCall(request) || status !== 429 || !(seconds > 0)) return;
      notBefore.set(sideOf(request.url), world.scheduler.now() + seconds * 1000);
    },
    forgetWait(side) {
      notBefore.delete(side);
    },
  };
}

const isApiCall = ({ url }: HttpRequest) => /\/calendar\/v3\/|\/v1\.0\//.test(url);
const pathOf = ({ url }: HttpRequest) => new URL(url).pathname;
const sideOf = (url: string): Side => (url.includes('/calendar/v3/') ? 'google' : 'outlook');

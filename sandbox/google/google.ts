/** Google Calendar API v3, played from what is known of it. */

import { answerText } from '../text-response.ts';
import type { Caller, ProviderSandbox, World } from '../world.ts';
import { addAccount } from './accounts.ts';
import { printBatch, readBatch, type BatchAnswer } from './batch.ts';
import type { Core } from './call.ts';
import { badRequest, backendErrorBody, GoogleError } from './errors.ts';
import { resumeConferences } from './events/conference.ts';
import { answerRequest, type PlainResponse } from './routes.ts';
import { readSnapshot, takeSnapshot } from './snapshot.ts';
import { createState } from './state.ts';

const BATCH_PATH = '/batch/calendar/v3';

export function createGoogle(world: World): ProviderSandbox {
  const core: Core = { state: createState() };
  return {
    async fetch(request, caller) {
      const body = request.body === null ? '' : await request.text();
      const url = new URL(request.url);
      if (url.pathname === BATCH_PATH) return answerBatch(core, world, request, body, caller);
      const { method, headers } = request;
      const plain = { method, url, headers, body, isInBatch: false };
      return toResponse(answerRequest(core, world, plain, caller));
    },
    addAccount(account) {
      addAccount(core.state, account, world.runtime.now());
    },
    snapshot: () => takeSnapshot(core.state),
    restore(snapshot) {
      core.state = readSnapshot(snapshot);
      // What was on its way when the snapshot was taken is not in it.
      for (const channel of core.state.channels.values()) channel.isPending = false;
      resumeConferences({ core, world });
    },
  };
}

function answerBatch(
  core: Core,
  world: World,
  request: Request,
  text: string,
  caller: Caller | null,
): Response {
  try {
    if (request.method !== 'POST') throw badRequest();
    const type = request.headers.get('content-type') ?? '';
    const parts = readBatch(type, text, request.headers);
    const { origin } = new URL(request.url);
    const isReversed = world.getSwitch('google.batchReversed', false);
    const hasConflicts = world.getSwitch('google.batchConflicts', false);
    const written = new Set<string>();
    const answers = (isReversed ? parts.reverse() : parts).map((part): BatchAnswer => {
      const url = new URL(part.target, origin);
      const isChange = part.method !== 'GET' && part.method !== 'POST';
      const isConflicting = hasConflicts && isChange && written.has(url.pathname);
      if (isChange) written.add(url.pathname);
      const plain = { ...part, url, isInBatch: true, isConflicting };
      const { status, body, headers } = answerRequest(core, world, plain, caller);
      return { contentId: part.contentId, status, body, headers };
    });
    const boundary = `batch_${Math.floor(world.runtime.random() * 2 ** 48).toString(36)}`;
    return new Response(printBatch(answers, boundary), {
      headers: { 'content-type': `multipart/mixed; boundary=${boundary}` },
    });
  } catch (error) {
    if (!(error instanceof GoogleError)) throw error;
    const body = JSON.stringify(backendErrorBody(error));
    return toResponse({ status: error.status, body, headers: {} });
  }
}

function toResponse({ status, body, headers }: PlainResponse): Response {
  if (status === 204 || status === 304) return new Response(null, { status, headers });
  const type = 'application/json; charset=UTF-8';
  return answerText(body, { status, headers: { 'content-type': type, ...headers } });
}

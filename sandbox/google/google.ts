/** Google Calendar API v3, played from what is known of it. */

import type { ProviderSandbox, World } from '../world.ts';
import { addAccount } from './accounts.ts';
import { answerRequest } from './routes.ts';
import { readSnapshot, takeSnapshot } from './snapshot.ts';
import { createState } from './state.ts';

export function createGoogle(world: World): ProviderSandbox {
  let state = createState();
  return {
    async fetch(request, caller) {
      const body = request.body === null ? '' : await request.text();
      const { method, headers } = request;
      const url = new URL(request.url);
      const plain = { method, url, headers, body, isInBatch: false };
      return toResponse(answerRequest(state, world, plain, caller));
    },
    addAccount(account) {
      addAccount(state, account, world.runtime.now());
    },
    snapshot: () => takeSnapshot(state),
    restore(snapshot) {
      state = readSnapshot(snapshot);
    },
  };
}

function toResponse(answer: { status: number; body: string }): Response {
  const hasBody = answer.status !== 204 && answer.status !== 304;
  return new Response(hasBody ? answer.body : null, {
    status: answer.status,
    headers: hasBody ? { 'content-type': 'application/json; charset=UTF-8' } : {},
  });
}

import type { Account, Caller, ProviderSandbox, World } from '../world.ts';
import { createActs, type OutlookActs } from './acts.ts';
import { answerCall, type Service } from './answer.ts';
import { scheduleDelivery } from './delivery.ts';
import { readRequest, toResponse } from './http.ts';
import { scheduleReauthorization } from './lifecycle.ts';
import { fromSnapshot, newState, toSnapshot } from './state.ts';
import { addMailbox } from './store.ts';

export interface OutlookSandbox extends ProviderSandbox {
  /** What people, administrators and Microsoft do without the API. */
  acts: OutlookActs;
}

/** Microsoft Graph's calendar: v1.0, and of the beta `events/delta` beside what v1.0 has. */
export function createOutlook(world: World): OutlookSandbox {
  const service: Service = { graph: { world, state: newState() }, inFlight: new Map() };
  const { graph } = service;
  return {
    async fetch(request: Request, caller: Caller | null): Promise<Response> {
      return toResponse(await answerCall(service, readRequest(request), caller));
    },
    addAccount: (account: Account) => addMailbox(graph, account),
    snapshot: () => toSnapshot(graph.state),
    restore(snapshot: unknown): void {
      // The state object itself stays, for timers hold it.
      Object.assign(graph.state, fromSnapshot(snapshot));
      for (const delivery of graph.state.deliveries.values()) scheduleDelivery(graph, delivery);
      for (const each of graph.state.subscriptions.values()) scheduleReauthorization(graph, each);
    },
    acts: createActs(graph),
  };
}

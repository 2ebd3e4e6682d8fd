import type { Account, Caller, ProviderSandbox, World } from '../world.ts';
import { answerCall, type GraphRequest } from './answer.ts';
import { readRequest, toResponse } from './http.ts';
import { fromSnapshot, newState, toSnapshot, type Graph } from './state.ts';
import { addMailbox } from './store.ts';

/** Microsoft Graph's calendar: v1.0, and of the beta `events/delta` and what v1.0 has. */
export function createOutlook(world: World): ProviderSandbox {
  const graph: Graph = { world, state: newState() };
  return {
    async fetch(request: Request, caller: Caller | null): Promise<Response> {
      const read: GraphRequest = await readRequest(request);
      return toResponse(await answerCall(graph, read, caller));
    },
    addAccount: (account: Account) => addMailbox(graph, account),
    snapshot: () => toSnapshot(graph.state),
    restore(snapshot: unknown): void {
      graph.state = fromSnapshot(snapshot);
    },
  };
}

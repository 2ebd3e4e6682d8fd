import { answerControl } from './control.ts';
import { answerPeople } from './people/people.ts';
import type { Sandbox } from './sandbox-type.ts';

/** What is neither Google's nor Microsoft's: the home page, the people's pages, the control API. */
export async function answerOwnPath(
  sandbox: Sandbox,
  request: Request,
  path: string,
): Promise<Response> {
  if (isForeign(request)) return new Response('Another site may not do this.', { status: 403 });
  if (path === '/sandbox' || path.startsWith('/sandbox/')) {
    return answerControl(sandbox, request, path.slice('/sandbox'.length));
  }
  return answerPeople(sandbox, request, path);
}

/** A page of another origin that makes a visitor's browser change something here. */
function isForeign(request: Request): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  const origin = request.headers.get('origin');
  return origin !== null && origin !== new URL(request.url).origin;
}

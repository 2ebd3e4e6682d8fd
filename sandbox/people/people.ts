import type { Sandbox } from '../sandbox-type.ts';

export function answerPeople(_sandbox: Sandbox, _request: Request, _path: string): Response {
  return new Response('Not found', { status: 404 });
}

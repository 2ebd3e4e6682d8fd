import { observeEverySandbox } from '../../sandbox/gate.ts';
import type { Exchange } from '../../sandbox/sandbox.ts';
import { checkGoogleExchange } from './google-contract.ts';
import { checkGraphExchange } from './graph-contract.ts';

/*
 * Every request and answer at the sandbox's APIs, whichever test caused it, is held to Google's
 * discovery document and Graph's schema. Where those files are not at hand nothing is judged. Observed
 * from here on, once for all files that share a process.
 */

const violations: string[] = [];

observeEverySandbox(judgeExchange);

/** What was found since this was last asked. */
export const takeViolations = () => violations.splice(0);

function judgeExchange(exchange: Exchange): void {
  // Parts of a batch are no exchanges of their own, and partial answers lack what is required.
  if (/\/(\$batch|batch\/)|[?&]fields=/.test(exchange.url)) return;
  const requestBody = parse(exchange.requestBody);
  const responseBody = parse(exchange.responseBody);
  const judged = { ...exchange, requestBody, responseBody };
  const found =
    exchange.provider === 'google' ? checkGoogleExchange(judged) : checkGraphExchange(judged);
  violations.push(
    ...found.map((what) => `${exchange.method} ${exchange.url} ${exchange.status}: ${what}`),
  );
}

/** Malformed bodies are sent by tests on purpose: the answer is judged all the same. */
function parse(body: string): unknown {
  try {
    return body === '' ? undefined : JSON.parse(body);
  } catch {
    return undefined;
  }
}

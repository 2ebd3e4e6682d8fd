/** Of answers that are text: whoever sends one on need not read it back out of its stream. */
const texts = new WeakMap<Response, string>();

/** A Response with this text, which `findText` gives back. */
export function answerText(text: string, init: ResponseInit): Response {
  const response = new Response(text, init);
  texts.set(response, text);
  return response;
}

/** Undefined for an answer without a body, and for one that was made otherwise. */
export const findText = (response: Response): string | undefined => texts.get(response);

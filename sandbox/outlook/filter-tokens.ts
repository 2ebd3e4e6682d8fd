import { badQuery } from './graph-error.ts';

export interface Token {
  kind: 'word' | 'string' | 'sign';
  text: string;
}

const form = /\s*(?:'((?:[^']|'')*)'|([(),:])|([\w./@+:-]*[\w/]))/y;
const FILTER_LENGTH_MAX = 4_000;

/** Splits an OData expression into words, quoted strings (with `''` for a quote) and signs. */
export function readTokens(text: string): Token[] {
  if (text.length > FILTER_LENGTH_MAX) throw badQuery('The filter is too long.');
  const tokens: Token[] = [];
  const trimmed = text.trim();
  form.lastIndex = 0;
  while (form.lastIndex < trimmed.length) {
    const match = form.exec(trimmed);
    if (!match) throw badQuery(`Syntax error in '${text}'.`);
    const [, quoted, sign, word] = match;
    if (quoted !== undefined) tokens.push({ kind: 'string', text: quoted.replaceAll("''", "'") });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (word !== undefined) tokens.push(...splitVariable(word));
  }
  return tokens;
}

/** `f:f/id` is the lambda's variable, a colon and a path; `12:30` stays one word. */
function splitVariable(word: string): Token[] {
  const match = /^([A-Za-z_]\w*):(.*)$/.exec(word);
  if (!match) return [{ kind: 'word', text: word }];
  const [, variable = '', rest = ''] = match;
  return [
    { kind: 'word', text: variable },
    { kind: 'sign', text: ':' },
    ...(rest === '' ? [] : [{ kind: 'word' as const, text: rest }]),
  ];
}

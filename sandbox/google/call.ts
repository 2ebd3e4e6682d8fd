/** What a handler is given and what it answers: the whole interface between HTTP and the core. */

import type { Caller, World } from '../world.ts';
import { invalidParameter } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { GoogleState, UserState } from './state.ts';

export interface Core {
  state: GoogleState;
}

/** What it takes to change the state, whoever does it. */
export interface Change {
  /** Where the current state is found by what happens later. */
  readonly core: Core;
  readonly state: GoogleState;
  readonly world: World;
  readonly now: number;
}

export interface Call extends Change {
  readonly caller: Caller;
  readonly user: UserState;
  readonly operation: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: JsonObject;
  readonly ifMatch: string | null;
  readonly ifNoneMatch: string | null;
  /** Scheme and authority of the request, for links in answers. */
  readonly origin: string;
  readonly isInBatch: boolean;
}

export interface Answer {
  readonly status: number;
  /** An object to serialise, or the JSON text itself where it is kept ready. */
  readonly body?: object | string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export function ok(body: object | string): Answer {
  return { status: 200, body };
}

/** Deletes and stop: 204 without a body (seen in practice; the reference only says "empty"). */
export const NO_CONTENT: Answer = { status: 204 };

/** Query parameters, checked when read. Each getter throws 400 `invalidParameter`. */
export class Query {
  readonly #values: URLSearchParams;

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name) ?? undefined;
  }

  texts(name: string): string[] {
    return this.#values.getAll(name);
  }

  flag(name: string): boolean | undefined {
    const value = this.#values.get(name);
    if (value === null) return undefined;
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    throw invalidParameter(name, value);
  }

  integer(name: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.#values.get(name);
    if (value === null) return undefined;
    const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= minimum && number <= maximum)) throw invalidParameter(name, value);
    return number;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#values.get(name);
    if (value === null) return undefined;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw invalidParameter(name, value);
    return choice;
  }

  choices<T extends string>(name: string, allowed: readonly T[]): T[] {
    return this.#values.getAll(name).map((value) => {
      const choice = allowed.find((candidate) => candidate === value);
      if (choice === undefined) throw invalidParameter(name, value);
      return choice;
    });
  }

  /** Everything but the named parameters, in a stable order: the identity of a query. */
  identity(without: readonly string[]): string {
    return [...this.#values]
      .filter(([name]) => !without.includes(name))
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join('&');
  }
}

import { badQuery, GraphError } from './graph-error.ts';
import { readTokens, type Token } from './filter-tokens.ts';
import { foldPropertyId } from './extended-properties.ts';
import { typeOf } from './event-output.ts';
import { contentOf, type Occurrence } from './series.ts';
import type { Content, StoredEvent } from './state.ts';
import { parseInstant } from './wall-clock.ts';

/** One thing that a filter looks at: an event, or one occurrence of it. */
export interface Candidate {
  event: StoredEvent;
  occurrence: Occurrence | null;
}

type Filter = (candidate: Candidate) => boolean;
type Value = string | number | boolean | null;
type Reader<T> = (item: T) => Value;
type Test<T> = (item: T) => boolean;

const contentAt = ({ event, occurrence }: Candidate): Content =>
  occurrence ? contentOf(event, occurrence) : event.content;

const readers: Record<string, Reader<Candidate>> = {
  icaluid: ({ event }) => event.iCalUId,
  subject: (candidate) => contentAt(candidate).subject,
  'start/datetime': (candidate) => contentAt(candidate).start.at,
  'end/datetime': (candidate) => contentAt(candidate).end.at,
  createddatetime: ({ event }) => event.createdAt,
  lastmodifieddatetime: ({ event }) => event.modifiedAt,
  isallday: (candidate) => contentAt(candidate).isAllDay,
  iscancelled: (candidate) => contentAt(candidate).isCancelled,
  isorganizer: ({ event }) => event.isOrganizer,
  type: ({ event, occurrence }) => typeOf(event, occurrence),
  showas: (candidate) => contentAt(candidate).showAs,
  sensitivity: (candidate) => contentAt(candidate).sensitivity,
  importance: (candidate) => contentAt(candidate).importance,
  'organizer/emailaddress/address': ({ event }) => event.organizer.address,
};
const timeReaders = new Set([
  'start/datetime',
  'end/datetime',
  'createddatetime',
  'lastmodifieddatetime',
]);

/**
 * Compiles a `$filter`. Throws 400 for what Graph cannot filter by, `uid` first of all.
 * Source: user-list-events, singlevaluelegacyextendedproperty-get, opentypeextension-get.
 */
export function compileFilter(text: string): Filter {
  const parser = new Parser(readTokens(text));
  const test = parser.readAny();
  parser.expectEnd();
  return test;
}

class Parser {
  private readonly tokens: Token[];
  private at = 0;

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  readAny<T = Candidate>(lambda?: Lambda<T>): Test<T> {
    let left = this.readAll<T>(lambda);
    while (this.take('or')) {
      const [before, after] = [left, this.readAll<T>(lambda)];
      left = (item) => before(item) || after(item);
    }
    return left;
  }

  expectEnd(): void {
    if (this.at < this.tokens.length) throw syntaxError();
  }

  private readAll<T>(lambda?: Lambda<T>): Test<T> {
    let left = this.readOne<T>(lambda);
    while (this.take('and')) {
      const [before, after] = [left, this.readOne<T>(lambda)];
      left = (item) => before(item) && after(item);
    }
    return left;
  }

  private readOne<T>(lambda?: Lambda<T>): Test<T> {
    if (this.take('not')) {
      const test = this.readOne<T>(lambda);
      return (item) => !test(item);
    }
    if (this.take('(')) {
      const test = this.readAny<T>(lambda);
      this.expect(')');
      return test;
    }
    const name = this.readWord();
    const lower = name.toLowerCase();
    if (lower === 'startswith' || lower === 'contains') return this.readFunction(lower, lambda);
    const collection = /^(singlevalueextendedproperties|extensions)\/any$/.exec(lower)?.[1];
    if (collection && !lambda) return this.readLambda(collection) as Test<unknown> as Test<T>;
    const operator = this.readWord().toLowerCase();
    return compare(readerOf(name, lambda), operator, this.readLiteral(), lambda);
  }

  private readFunction<T>(name: string, lambda?: Lambda<T>): Test<T> {
    this.expect('(');
    const path = this.readWord();
    this.expect(',');
    const literal = this.readLiteral();
    this.expect(')');
    if (this.take('eq')) this.readLiteral();
    return compare(readerOf(path, lambda), name, literal, lambda);
  }

  private readLambda(collection: string): Test<Candidate> {
    this.expect('(');
    const variable = this.readWord().replace(/:$/, '');
    this.take(':');
    const lambda: Lambda<Item> = { variable: `${variable.toLowerCase()}/`, collection };
    const test = this.readAny<Item>(lambda);
    this.expect(')');
    if (collection === 'extensions') {
      return ({ event }) =>
        event.extensions.some((each) => test({ id: String(each.extensionName), value: '' }));
    }
    return ({ event }) => event.extendedProperties.some(test);
  }

  private readWord(): string {
    const token = this.tokens[this.at++];
    if (token?.kind !== 'word') throw syntaxError();
    return token.text;
  }

  private readLiteral(): string {
    const token = this.tokens[this.at++];
    if (token?.kind !== 'word' && token?.kind !== 'string') throw syntaxError();
    return token.text;
  }

  private take(text: string): boolean {
    const token = this.tokens[this.at];
    if (!token || token.kind === 'string' || token.text.toLowerCase() !== text) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw syntaxError();
  }
}

interface Item {
  id: string;
  value: string;
}

/** Inside `Any(ep: …)`: the variable's prefix and what it runs over. */
interface Lambda<_T> {
  variable: string;
  collection: string;
}

interface Property<T> {
  name: string;
  read: Reader<T>;
}

function readerOf<T>(path: string, lambda?: Lambda<T>): Property<T> {
  const name = path.toLowerCase();
  if (lambda) {
    const member = name.startsWith(lambda.variable) ? name.slice(lambda.variable.length) : '';
    if (member !== 'id' && member !== 'value') throw unsupported(path);
    return { name: member, read: (item) => (item as Item)[member] };
  }
  const read = readers[name];
  if (!read) throw unsupported(path);
  return { name, read: read as Reader<unknown> as Reader<T> };
}

function compare<T>(
  { name, read }: Property<T>,
  operator: string,
  literal: string,
  lambda?: Lambda<T>,
): Test<T> {
  if (lambda?.collection === 'singlevalueextendedproperties' && name === 'id') {
    const wanted = foldPropertyId(literal);
    return (item) => foldPropertyId(String(read(item))) === wanted;
  }
  const wanted = timeReaders.has(name) ? instantOrRefuse(literal) : literal.toLowerCase();
  const decide = operators[operator];
  if (!decide) throw syntaxError();
  // Names of extensions and values of properties compare in any case, as Exchange's restrictions
  // do.
  return (item) => {
    const value = read(item);
    return decide(typeof value === 'number' ? value : String(value).toLowerCase(), wanted);
  };
}

const operators: Record<string, (value: string | number, wanted: string | number) => boolean> = {
  eq: (value, wanted) => value === wanted,
  ne: (value, wanted) => value !== wanted,
  gt: (value, wanted) => value > wanted,
  ge: (value, wanted) => value >= wanted,
  lt: (value, wanted) => value < wanted,
  le: (value, wanted) => value <= wanted,
  contains: (value, wanted) => String(value).includes(String(wanted)),
  startswith: (value, wanted) => String(value).startsWith(String(wanted)),
};

function instantOrRefuse(literal: string): number {
  const at = parseInstant(literal);
  if (at === undefined) throw badQuery(`Invalid date-time '${literal}' in $filter.`);
  return at;
}

const syntaxError = () => badQuery('Invalid filter clause.');

function unsupported(path: string): GraphError {
  const name = path.charAt(0).toUpperCase() + path.slice(1);
  return new GraphError(
    400,
    'UnsupportedEntityExpression',
    `'x => (x.${name.replaceAll('/', '.')})' is not a supported filter expression.`,
  );
}

import type { FastifyServerOptions } from 'fastify';
import { ApiError } from './api-error.ts';

type AjvOptions = NonNullable<FastifyServerOptions['ajv']>;

/** Only the plain form: the formats' own `uuid` takes `urn:uuid:…` too, which PostgreSQL does not. */
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What is not in a schema is refused, not dropped; what has the wrong type is not converted. */
export const ajvOptions: AjvOptions = {
  customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false },
  onCreate(ajv) {
    ajv.addFormat('uuid', uuidPattern);
  },
};

/** One finding of the validator, as far as it is used here. */
export interface Finding {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
}

/** The validator's findings as `invalid-request`, with what to do and where. */
export function toInvalidRequest(findings: readonly Finding[]): ApiError {
  const last = findings.at(-1);
  // A choice reports each branch first; the last finding is about the whole. A form that is wanted says more.
  const form = findings.find(
    ({ keyword, instancePath }) => keyword === 'format' && instancePath === last?.instancePath,
  );
  const finding = last?.keyword === 'anyOf' ? (form ?? last) : findings[0];
  if (!finding) return new ApiError('invalid-request', 'Check the request against the API.');
  const choices = findings
    .filter(({ keyword, instancePath }) => {
      return keyword === 'const' && instancePath === finding.instancePath;
    })
    .map(({ params }) => String(params['allowedValue']));
  const member = finding.params['missingProperty'] ?? finding.params['additionalProperty'];
  const pointer =
    typeof member === 'string'
      ? `${finding.instancePath}/${escapePointer(member)}`
      : finding.instancePath;
  return new ApiError('invalid-request', describe(finding, choices), {
    pointer: pointer.slice(0, POINTER_LENGTH_MAX),
  });
}

/** A member's name comes from the request; no more of it is given back than helps. */
const POINTER_LENGTH_MAX = 200;

function describe({ keyword, params }: Finding, choices: string[]): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'required':
      return 'Add this member; it is needed.';
    case 'additionalProperties':
      return 'Leave this member out; it is not known here.';
    case 'type':
      return `Write a value of the type ${String(params['type'])}.`;
    case 'format':
      return formatHints[String(params['format'])] ?? 'Write this in the form that is asked for.';
    case 'minLength':
    case 'pattern':
      return 'Write something here; it must not be empty.';
    case 'maxLength':
      return `Write at most ${limit} characters.`;
    case 'maxItems':
      return `Name at most ${limit} of them.`;
    case 'minimum':
      return `Write a number of at least ${limit}.`;
    case 'minProperties':
      return 'Say what is to be changed.';
    case 'const':
    case 'anyOf':
      if (choices.length > 0) return `Write one of: ${choices.join(', ')}.`;
      return 'Write a value of a form that is read here.';
    default:
      return 'Check this member against the API.';
  }
}

const formatHints: Record<string, string> = {
  uuid: 'Write an id as this API gives it: a UUID.',
  email: 'Write a whole e-mail address, such as anna@example.com.',
  'date-time': 'Write an instant with an offset, such as 2026-11-24T09:00:00Z.',
};

function escapePointer(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Deeper than this no request of ours is; what is deeper is refused before it is looked at. */
const DEPTH_MAX = 8;

/**
 * Refuses what no schema says and the database cannot hold: U+0000 and halves of a surrogate pair in
 * a text. And depth, so that nothing behind this has to think of it.
 */
export function checkPlain(value: unknown, pointer = '', depth = 0): void {
  if (depth > DEPTH_MAX) {
    throw new ApiError('invalid-request', 'Send less deeply nested JSON.');
  }
  if (typeof value === 'string' && value.includes('\0')) {
    throw new ApiError('invalid-request', 'Leave out the character U+0000.', { pointer });
  }
  if (typeof value === 'string' && !isWellFormed(value)) {
    throw new ApiError('invalid-request', 'Leave out the half of a character.', { pointer });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    checkPlain(member, `${pointer}/${escapePointer(name)}`.slice(0, POINTER_LENGTH_MAX), depth + 1);
  }
}

/** Whether UTF-8 can say it: a text cut in the middle of an emoji it cannot. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

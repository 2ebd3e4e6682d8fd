import { ok, type Answer, type Call } from './call.ts';
import { GraphError } from './graph-error.ts';
import { eventIdOf, parseId } from './ids.ts';
import { readArray, readEnum, readObject, readString } from './json.ts';
import { getZone, listZones } from './zones.ts';

/** `/me`: the directory's entry for the account. */
export function getMe(call: Call): Answer {
  const { account } = call.mailbox;
  const [givenName = account.name, ...rest] = account.name.split(' ');
  return ok({
    '@odata.context': `${call.origin}/${call.version}/$metadata#users/$entity`,
    businessPhones: [],
    displayName: account.name,
    givenName,
    jobTitle: null,
    mail: account.email,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: rest.length > 0 ? rest.join(' ') : null,
    userPrincipalName: account.email,
    id: account.id,
  });
}

/** `/me/mailboxSettings` and its single members. */
export function answerMailboxSettings(call: Call, member?: string): Answer {
  const { mailbox } = call;
  if (call.method === 'PATCH') {
    const { timeZone } = readObject(call.body, 'mailboxSettings');
    if (timeZone !== undefined) {
      getZone(timeZone);
      mailbox.timeZone = readString(timeZone, 'timeZone');
    }
  }
  const context = `${call.origin}/${call.version}/$metadata#users('${mailbox.account.id}')`;
  const settings: Record<string, unknown> = {
    automaticRepliesSetting: { status: 'disabled', externalAudience: 'all' },
    timeZone: mailbox.timeZone,
    language: { locale: 'en-US', displayName: 'English (United States)' },
    workingHours: workingHoursOf(mailbox.timeZone),
    dateFormat: 'MM/dd/yyyy',
    timeFormat: 'hh:mm tt',
    delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
  };
  const link = `${context}/mailboxSettings`;
  if (member === undefined) return ok({ '@odata.context': link, ...settings });
  const value = settings[member];
  if (value === undefined) {
    throw new GraphError(400, 'BadRequest', `Resource not found for the segment '${member}'.`);
  }
  return ok({ '@odata.context': `${link}/${member}`, ...asBody(value) });
}

const asBody = (value: unknown) => (typeof value === 'object' ? value : { value });

export const workingHoursOf = (timeZone: string) => ({
  daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
  startTime: '08:00:00.0000000',
  endTime: '17:00:00.0000000',
  timeZone: { name: timeZone },
});

export function listTimeZones(call: Call, standard: 'windows' | 'iana'): Answer {
  const type = 'Collection(microsoft.graph.timeZoneInformation)';
  return ok({
    '@odata.context': `${call.origin}/${call.version}/$metadata#${type}`,
    value: listZones(standard),
  });
}

const idTypes = ['entryId', 'ewsId', 'immutableEntryId', 'restId', 'restImmutableEntryId'] as const;
/** Source: user-translateexchangeids. */
const IDS_MAX = 1_000;

/**
 * Only the two formats of this API are translated; a source that does not parse comes back with an
 * error.
 */
export function translateExchangeIds(call: Call): Answer {
  const input = readObject(call.body, 'body');
  const ids = readArray(input.inputIds, 'inputIds').map((id) => readString(id, 'inputIds'));
  if (ids.length > IDS_MAX) {
    throw new GraphError(400, 'ErrorInvalidParameter', 'At most 1000 ids can be translated.');
  }
  readEnum(input.sourceIdType, idTypes, 'sourceIdType');
  const isImmutable = readEnum(input.targetIdType, idTypes, 'targetIdType').includes('mmutable');
  const type = 'Collection(microsoft.graph.convertIdResult)';
  return ok({
    '@odata.context': `${call.origin}/${call.version}/$metadata#${type}`,
    value: ids.map((sourceId) => ({ sourceId, ...translate(call, sourceId, isImmutable) })),
  });
}

function translate({ mailbox }: Call, id: string, isImmutable: boolean): Record<string, unknown> {
  try {
    const { kind, key, slot } = parseId(mailbox, id);
    const event = mailbox.events.get(key);
    if (kind !== 'event' || !event) return { targetId: id };
    return { targetId: eventIdOf(mailbox, key, isImmutable ? null : event.version, slot) };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return { targetId: null, errorDetails: { code: error.code, message: error.message } };
  }
}

import { bodyOf, readBody } from './event-input.ts';
import { isAbsent, readBoolean, readEnum, type JsonObject } from './json.ts';
import type { Content, Graph, Mailbox } from './state.ts';
import { randomHex } from './ids.ts';

const providers = ['unknown', 'teamsForBusiness', 'skypeForBusiness', 'skypeForConsumer'] as const;

/** Personal accounts have no Teams. Source: live checks of personal and work mailboxes. */
export function allowedProviders({ account }: Mailbox): string[] {
  return account.kind === 'work' ? ['teamsForBusiness'] : [];
}

export const defaultProvider = (mailbox: Mailbox) => allowedProviders(mailbox)[0] ?? 'unknown';

/**
 * Starts an online meeting when asked to and the calendar allows the provider; otherwise the wish
 * is ignored without a word. Once online, later wishes change nothing. Source: event,
 * isOnlineMeeting.
 */
export function applyOnlineMeeting(
  { world }: Graph,
  mailbox: Mailbox,
  content: Content,
  input: JsonObject,
): void {
  if (content.isOnlineMeeting) return;
  const isWished =
    !isAbsent(input.isOnlineMeeting) && readBoolean(input.isOnlineMeeting, 'isOnlineMeeting');
  const asked = isAbsent(input.onlineMeetingProvider)
    ? 'unknown'
    : readEnum(input.onlineMeetingProvider, providers, 'onlineMeetingProvider');
  const provider = asked === 'unknown' ? defaultProvider(mailbox) : asked;
  if (!isWished || !allowedProviders(mailbox).includes(provider)) return;
  const conferenceId = String(100_000_000 + Math.floor(world.runtime.random() * 900_000_000));
  const joinUrl = joinUrlOf(mailbox, randomHex(world.runtime, 32));
  content.isOnlineMeeting = true;
  content.onlineMeetingProvider = provider;
  content.onlineMeeting = { joinUrl, conferenceId, tollNumber: '+1 323-555-0166' };
  Object.assign(content, bodyOf(withBlock(content.body, joinUrl, conferenceId)));
}

function joinUrlOf({ account }: Mailbox, thread: string): string {
  const context = encodeURIComponent(JSON.stringify({ Tid: account.tenantId, Oid: account.id }));
  return (
    `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${thread}%40thread.v2/0` +
    `?context=${context}`
  );
}

const RULER = '_'.repeat(80);

/** The block that makes a body the meeting's invitation. */
function withBlock(html: string, joinUrl: string, conferenceId: string): string {
  const block =
    `<div><span style="white-space:nowrap">${RULER}</span></div>\r\n` +
    `<div class="me-email-text"><a class="me-email-headline" href="${joinUrl}">` +
    `Join Microsoft Teams Meeting</a></div>\r\n<div>Conference ID: ${conferenceId}#</div>\r\n`;
  const document = html === '' ? readBody({ contentType: 'html', content: ' ' }).body : html;
  return document.includes('</body>')
    ? document.replace('</body>', () => `${block}</body>`)
    : document + block;
}

/** Writing a body without the meeting's block takes the meeting offline. Source: event-update. */
export function dropMeetingWithoutBlock(content: Content): void {
  const joinUrl = content.onlineMeeting?.joinUrl;
  if (!content.isOnlineMeeting || typeof joinUrl !== 'string') return;
  if (content.body.includes(joinUrl)) return;
  content.isOnlineMeeting = false;
  content.onlineMeeting = null;
  content.onlineMeetingProvider = 'unknown';
}

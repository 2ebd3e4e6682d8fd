import { calendarNames } from '../providers/provider.ts';
import type { Mail } from '../runtime.ts';
import type { Outage } from '../store/outage-mails.ts';

const TEXT_MAX = 200;

/** All that the mail says, in one place, ready for translation. */
const texts = {
  subject: (calendar: string, account: string) => `Reconnect your ${calendar}: ${account}`,
  greeting: (name: string) => `Hello ${name},`,
  what: (calendar: string, account: string) =>
    `Kalends cannot reach your ${calendar} (${account}) any more: its permission has ended or was withdrawn.`,
  meanwhile:
    'Nothing is lost. What you plan in Kalends waits, and goes out once you have reconnected:',
  link: 'Open System Settings',
  once: 'This is told once each time a calendar needs to be reconnected.',
};

/**
 * The mail that tells a connection's owner that it needs to be reconnected. It holds nothing secret: who
 * opens the link has to sign in. `publicUrl` is an origin; the id makes the same mail the same, however
 * often it is sent.
 */
export function writeOutageMail(outage: Outage, id: string, publicUrl: string): Mail {
  const [account, name] = [plain(outage.account), plain(outage.user_name)];
  const calendar = calendarNames[outage.provider];
  const url = `${publicUrl}/settings/calendars`;
  const paragraphs = [texts.greeting(name), texts.what(calendar, account), texts.meanwhile];
  const html = paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n');
  return {
    id: `${id}@${new URL(publicUrl).hostname}`,
    to: { name, address: outage.user_email },
    subject: texts.subject(calendar, account),
    text: [...paragraphs, url, texts.once, ''].join('\n\n'),
    html: `<!doctype html>
<html lang="en"><body style="font-family: sans-serif; line-height: 1.5">
${html}
<p><a href="${escapeHtml(url)}">${escapeHtml(texts.link)}</a></p>
<p style="color: #5f5b53">${escapeHtml(texts.once)}</p>
</body></html>
`,
  };
}

/** Names and addresses that others chose: on one line, and of a size. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, TEXT_MAX);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

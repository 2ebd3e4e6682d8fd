import { answerJson } from '../oauth/oauth.ts';
import type { Sandbox } from '../sandbox-type.ts';
import type { ProviderName } from '../world.ts';
import { answerAsset } from './assets.ts';
import { renderCalendarPage } from './calendar-page.ts';
import { PAGE_CLIENT_ID } from './page.ts';
import { renderInbox } from './inbox-page.ts';
import { renderCalls, renderHome, renderMails, renderNotifications } from './record-pages.ts';

/** The pages for people: home, calendars, mails and calls. */
export function answerPeople(sandbox: Sandbox, request: Request, path: string): Response {
  if (request.method !== 'GET' && request.method !== 'HEAD') return notFound();
  switch (path) {
    case '/':
      return renderHome(sandbox);
    case '/people/mails':
      return renderMails(sandbox);
    case '/people/inbox':
      return renderInbox(sandbox);
    case '/people/calls':
      return renderCalls(sandbox, new URL(request.url).searchParams.has('pages'));
    case '/people/notifications':
      return renderNotifications(sandbox);
    case '/people/version':
      return answerJson(200, { version: sandbox.changeCount });
    case '/people/token':
      return answerToken(sandbox, new URL(request.url).searchParams);
    default:
      return answerBelow(sandbox, path);
  }
}

function answerBelow(sandbox: Sandbox, path: string): Response {
  const [, first, second = '', third = ''] = path.split('/');
  if (first !== 'people') return notFound();
  if (second === 'assets') return answerAsset(third) ?? notFound();
  if (!isProvider(second)) return notFound();
  const account = sandbox.world.findAccount(second, decodeURIComponent(third));
  return account ? renderCalendarPage(account) : notFound();
}

function answerToken(sandbox: Sandbox, query: URLSearchParams): Response {
  const provider = query.get('provider') ?? '';
  const email = query.get('email') ?? '';
  if (!isProvider(provider) || !sandbox.world.findAccount(provider, email)) return notFound();
  const token = sandbox.issueToken({ provider, email, clientId: PAGE_CLIENT_ID });
  return answerJson(200, { access_token: token });
}

const isProvider = (name: string): name is ProviderName => name === 'google' || name === 'outlook';

const notFound = () => new Response('Not found', { status: 404 });

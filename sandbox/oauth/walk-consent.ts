/** What a person does on the consent pages. */
export interface ConsentAnswer {
  /** The account to pick. */
  email: string;
  /** Presses Cancel instead of Allow or Accept, once the account is picked. */
  isRefused?: boolean;
  /** Google: scopes whose boxes are unticked, by their ends (`calendar.events`). */
  untick?: readonly string[];
}

/** Three pages at most lie between the application's address and its callback. */
const PAGE_COUNT_MAX = 4;

/**
 * Goes through the consent pages as a browser would, and answers the address at the application
 * that it would be sent to. Throws with the page's text when a page leads nowhere, as an error
 * page does.
 */
export async function walkConsent(
  send: (request: Request) => Promise<Response>,
  authorizeUrl: string,
  answer: ConsentAnswer,
): Promise<string> {
  let response = await send(new Request(authorizeUrl));
  let cookie = '';
  for (let count = 0; count < PAGE_COUNT_MAX; count++) {
    const location = response.headers.get('location');
    if (location !== null) return location;
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const page = await response.text();
    const form = fillForm(page, answer);
    if (!form) throw new Error(`the consent page leads nowhere: ${readText(page)}`);
    if (form.isForApplication) return `${form.action}?${form.fields}`;
    const action = new URL(form.action, authorizeUrl);
    response = await send(
      new Request(action, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
        body: form.fields.toString(),
        redirect: 'manual',
      }),
    );
  }
  throw new Error(`consent was not reached in ${PAGE_COUNT_MAX} pages`);
}

interface FilledForm {
  action: string;
  fields: URLSearchParams;
  /** A page that only posts the answer on, as `response_mode=form_post` does. */
  isForApplication: boolean;
}

function fillForm(page: string, answer: ConsentAnswer): FilledForm | undefined {
  const action = /<form method="post" action="([^"]+)"/.exec(page)?.[1];
  if (action === undefined) return undefined;
  const fields = new URLSearchParams();
  for (const [input] of page.matchAll(/<input [^>]+>/g)) {
    const name = readAttribute(input, 'name');
    const value = readAttribute(input, 'value');
    const isUnticked =
      input.includes('type="checkbox"') && answer.untick?.some((end) => value.endsWith(end));
    if (!isUnticked) fields.append(name, value);
  }
  const isChoice = page.includes('name="account"');
  const buttons = [...page.matchAll(/<button [^>]*name="answer" value="([^"]+)"/g)];
  const values = buttons.map((button) => button[1] ?? '');
  if (isChoice) fields.set('account', answer.email);
  else if (!answer.isRefused) fields.set('answer', values.at(-1) ?? '');
  else fields.set('answer', values.find((value) => /cancel|needs/.test(value)) ?? '');
  return { action: unescape(action), fields, isForApplication: !fields.has('consent_id') };
}

const readAttribute = (tag: string, name: string) =>
  unescape(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '');

const unescape = (text: string) =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

const readText = (page: string) =>
  unescape(
    page
      .replace(/^[\s\S]*<h1>/, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' '),
  ).trim();

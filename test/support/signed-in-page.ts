import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Person, Stack } from './stack.ts';

/** How long a page is waited for, in milliseconds: what it waits for itself is the sync. */
const PATIENCE_MS = 30_000;

/** A page of a browser of its own in which this person is signed in, at this path of the product. */
export async function openSignedIn(
  { browser, stack, person }: { browser: Browser; stack: Stack; person: Person },
  path: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...options,
  });
  await context.addCookies(
    [...person.client.cookies].map(([name, value]) => ({ name, value, url: stack.url })),
  );
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(stack.url + path);
  return page;
}

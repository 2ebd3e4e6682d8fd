import type { Page, Route } from 'playwright-core';

/** Keeps requests to `url` waiting, as a slow line does, until the answer is called; then they go on, or are lost. */
export async function holdRequests(
  page: Page,
  url: string | RegExp,
): Promise<(end?: 'answered' | 'lost') => Promise<void>> {
  let letGo: (end: 'answered' | 'lost') => void = () => {};
  const held = new Promise<'answered' | 'lost'>((resolve) => {
    letGo = resolve;
  });
  const wait = async (route: Route) => {
    const goesOn = (await held) === 'answered' ? route.continue() : route.abort();
    // The page may be gone by then.
    await goesOn.catch(() => undefined);
  };
  await page.route(url, wait);
  return async (end = 'answered') => {
    letGo(end);
    await page.unroute(url, wait);
  };
}

/** Loses requests to `url`, as a dead line does, until the answer is called. */
export async function loseRequests(page: Page, url: string | RegExp): Promise<() => Promise<void>> {
  const lose = (route: Route) => route.abort();
  await page.route(url, lose);
  return () => page.unroute(url, lose);
}

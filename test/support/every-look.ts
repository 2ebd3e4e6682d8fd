import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { findViolations } from './axe.ts';

/** A folder: then all six looks are taken, and kept there as pictures to be looked at one by one. */
const pictures = process.env['LOOKS_DIR'];

const PICTURE_HEIGHT_MAX = 3_000;

const looks = [390, 768, 1440].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);
/** The narrow one in the dark and the wide one in the light show what the others would. */
const telling = looks.filter(({ width, colorScheme }) =>
  colorScheme === 'dark' ? width === 390 : width === 1440,
);

/** The page has taken the colours, and none of them is on its way from the other ones. */
const isSettled = `(colorScheme) =>
  document.documentElement.dataset.mantineColorScheme === colorScheme
  && !document.getAnimations().some((one) => one instanceof CSSTransition)`;

/**
 * What axe finds on a page as it stands, on a phone and on a wide screen, in the dark and in the light,
 * and what hangs over an edge there, as `390 dark, rule: element`. The page is as wide afterwards as it
 * was. `state`: names the pictures; `shown`: what is in each, where the page may go on meanwhile.
 */
export async function findViolationsInEveryLook(
  page: Page,
  state: string,
  shown?: Locator,
): Promise<string[]> {
  const size = page.viewportSize();
  const found: string[] = [];
  for (const { width, colorScheme } of pictures ? looks : telling) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction(isSettled, colorScheme);
    // Where nothing that stays on the screen covers what is below it.
    await page.evaluate('scrollTo(0, 0)');
    await shown?.waitFor();
    const name = `${width} ${colorScheme}`;
    found.push(...(await findViolations(page)).map((violation) => `${name}, ${violation}`));
    await keepPicture(page, `${state} ${name}`);
  }
  await page.emulateMedia({ colorScheme: null });
  if (size) await page.setViewportSize(size);
  return found;
}

/** Keeps what a page looks like, where pictures are wanted. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  const path = join(pictures, `${name}.png`.replaceAll(/[ ,]+/g, '-'));
  await page.screenshot({ path, ...(await wholePage(page)) });
}

/** As much as one can look at; where a dialog stands over the page, what the screen shows. */
async function wholePage(page: Page) {
  if ((await page.getByRole('dialog').count()) > 0) return {};
  const width = page.viewportSize()?.width ?? 0;
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  return {
    fullPage: true,
    clip: { x: 0, y: 0, width, height: Math.min(height, PICTURE_HEIGHT_MAX) },
  };
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds against WCAG 2.2 A and AA, as `rule: element`, and what hangs over the edge of the screen. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.waitForTimeout(300);
  const found = (await page.evaluate(`${axe}
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    axe.run(document, { runOnly: tags }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)))`)) as string[];
  const overhang = 'document.documentElement.scrollWidth - window.innerWidth';
  if (Number(await page.evaluate(overhang)) > 0) found.push('wider than the screen');
  return found;
}

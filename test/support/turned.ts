import type { Page } from 'playwright-core';

/**
 * Texts that stand in the wrong order on a page from right to left: English sentences with their full
 * stop before their first word, and numbers with their sign behind them.
 */
export const findTurned = (page: Page) => page.evaluate<string[]>(look);

const look = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const boxOf = (node, at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  const turned = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const second = node.data.search(/(?<=[a-z0-9])[.…?!]\\s*$|(?<=\\+)\\d/i);
    if (second < 1) continue;
    const [before, after] = [boxOf(node, second - 1), boxOf(node, second)];
    const isOneLine = before.width > 0 && after.width > 0 && before.top === after.top;
    if (isOneLine && after.left < before.left) turned.push(node.data);
  }
  return turned;
})()`;

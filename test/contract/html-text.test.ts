import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText, readHtmlText } from '../../src/providers/google/html-text.ts';

describe('a description at Google', () => {
  test('that we wrote is read back letter by letter', () => {
    const marked = fc.constantFrom(
      '<',
      '>',
      '&',
      '&amp;',
      '<b>',
      '</p>',
      '<br>',
      ';',
      '\n',
      ' ',
      '#',
    );
    const anyText = fc
      .array(fc.oneof(marked, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 30 })
      .map((parts) => parts.join('').replaceAll('\r', ''));
    fc.assert(
      fc.property(anyText, (text) => {
        expect(readHtmlText(escapeText(text))).toBe(text);
        expect(escapeText(text)).not.toMatch(/[<>]/);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['plain words', 'plain words'],
    ['a < b & c > d', 'a < b & c > d'],
    ['mail <anna@example.com> today', 'mail <anna@example.com> today'],
    ['AT&T &copyleft; &#0; &#xD800; &#1114112;', 'AT&T &copyleft; &#0; &#xD800; &#1114112;'],
    ['one\r\ntwo\n', 'one\ntwo\n'],
    ['one<br>two<br/>three', 'one\ntwo\nthree'],
    ['<p>one</p><p>two</p>', 'one\ntwo'],
    ['<b>bold</b> and <i>not</i>', 'bold and not'],
    ['<ul><li>milk</li><li>eggs</li></ul>end', '- milk\n- eggs\nend'],
    ['<a href="https://x.example/?a=1&amp;b=2">here</a>', 'here'],
    ['&lt;b&gt;&nbsp;&quot;x&quot; &#39;y&#x27;', '<b> "x" \'y\''],
    ['<B CLASS="x">Loud</B>', 'Loud'],
    ['&amp;lt;', '&lt;'],
    ['<br', '<br'],
    ['', ''],
  ])('%j is read as %j', (html, text) => {
    expect(readHtmlText(html)).toBe(text);
  });

  test('[attack 37] is read in good time, whatever it holds', () => {
    const parts = ['<', '<a ', '<b>', '&', '&#', '</', '<p ', '\n', '<br'];
    for (const part of parts) {
      const startedAt = performance.now();
      readHtmlText(part.repeat(100_000 / part.length));
      expect([part, performance.now() - startedAt < 1000]).toEqual([part, true]);
    }
  });
});

import pg from 'pg';

/** What one connection to the database ran between `begin` and its end, or a statement alone. */
export interface Transaction {
  statements: string[];
  isOpen: boolean;
}

/**
 * Every message with SQL in it that this process sends goes through here and is counted: what pools
 * prepare, begin and commit too. Several statements without parameters may share one.
 */
export function countStatements(): { take(): Transaction[]; stop(): void } {
  const prototype = pg.Client.prototype;
  // The original, to be put back; it is called with its own `this`.
  const original = prototype.query;
  let transactions: Transaction[] = [];
  const running = new Map<unknown, Transaction>();

  function note(client: unknown, text: string): void {
    const open = running.get(client);
    if (open) {
      open.statements.push(text);
      if (/(^|; )(commit|rollback)$/i.test(text.trim())) running.delete(client);
      return;
    }
    const transaction = { statements: [text], isOpen: /^\s*begin/i.test(text) };
    transactions.push(transaction);
    if (transaction.isOpen) running.set(client, transaction);
  }

  prototype.query = function query(this: pg.Client, ...given: unknown[]) {
    const [first] = given;
    const text = typeof first === 'string' ? first : (first as { text?: string } | null)?.text;
    if (text !== undefined) note(this, text);
    return Reflect.apply(original, this, given);
  } as typeof original;

  return {
    take() {
      const taken = transactions;
      transactions = [];
      return taken;
    },
    stop() {
      prototype.query = original;
    },
  };
}

/** Messages to the database. */
export const countAll = (transactions: readonly Transaction[]): number =>
  transactions.reduce((sum, { statements }) => sum + statements.length, 0);

/** The single statements in them, with every begin and commit. */
export const countStatementsOf = (transactions: readonly Transaction[]): number =>
  transactions
    .flatMap(({ statements }) => statements)
    .reduce((sum, text) => sum + text.split('; ').length, 0);

/** A statement in a few words. */
export function abbreviate(text: string): string {
  const words = text.replaceAll(/\s+/g, ' ').replaceAll('"', '').trim();
  if (words.endsWith('; commit')) return `${words.includes(' jobs ') ? 'fence, ' : ''}commit`;
  const table = /\b(?:from|into|update)\s+(?:only\s+)?([a-z_]+)/i.exec(words)?.[1];
  const verb = words.split(' ')[0]?.toLowerCase() ?? '';
  return table ? `${verb} ${table}` : words.slice(0, 24);
}

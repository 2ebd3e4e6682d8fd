/** JSON that is printed already. Inside other JSON, as in the answer to a batch, it is read again. */
export class Printed {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** An object whose `value` is a list of printed items; its members keep their places. */
export function printList(body: Record<string, unknown> & { value: string[] }): Printed {
  // Added up piece by piece: a page of megabytes is then put together once, where it is sent.
  let text = '';
  for (const [name, value] of Object.entries(body)) {
    text += `${text === '' ? '{' : ','}${JSON.stringify(name)}:`;
    if (name !== 'value') text += JSON.stringify(value);
    else text = addItems(text, body.value);
  }
  return new Printed(`${text}}`);
}

function addItems(head: string, items: readonly string[]): string {
  let text = `${head}[`;
  for (const [index, item] of items.entries()) text += index === 0 ? item : `,${item}`;
  return `${text}]`;
}

/** A printed object with a member more at its head. */
export const withHead = (name: string, value: string, text: string): string =>
  `{${JSON.stringify(name)}:${JSON.stringify(value)},${text.slice(1)}`;

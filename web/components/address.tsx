import { Fragment } from 'react';
import classes from './address.module.css';

const ADDRESS = /(\S+@\S+)/;
/** Behind the @ and before dots. */
const PARTS = /(?<=@)|(?=\.\S)/;

/**
 * E-mail addresses, alone or in a sentence. One that does not fit into a line goes to the next as a whole,
 * and only where it is longer than that it is broken, between its parts.
 */
export function Address({ text }: { text: string }) {
  return text.split(ADDRESS).map((piece, index) =>
    index % 2 === 0 ? (
      piece
    ) : (
      <span key={index} className={classes.address}>
        {piece.split(PARTS).map((part, at) => (
          <Fragment key={at}>
            {at > 0 && <wbr />}
            {part}
          </Fragment>
        ))}
      </span>
    ),
  );
}

import { Fragment } from 'react';
import classes from './address.module.css';

/** An e-mail address, or a name, that breaks behind its @ where it has to break, else behind dots. */
export function Address({ text }: { text: string }) {
  const [first, ...rest] = text.split('@');
  if (rest.length === 0) return text;
  return (
    <>
      {first}@<wbr />
      <span className={classes.domain}>
        {rest
          .join('@')
          .split(/(?<=\.)/)
          .map((part, index) => (
            <Fragment key={index}>
              {part}
              <wbr />
            </Fragment>
          ))}
      </span>
    </>
  );
}

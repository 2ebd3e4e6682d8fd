import { VisuallyHidden } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { decisionCountQuery } from '../api/decisions.ts';
import { decisions as texts } from '../texts.ts';
import { Icon } from './icons.tsx';
import classes from './navigation.module.css';

/** The way to what waits for a word, with how much that is; no number where nothing does. */
export function DecisionsLink() {
  const { data: count = 0 } = useQuery(decisionCountQuery);
  return (
    <Link to="/decisions" className={classes.link}>
      <Icon name="question" />
      {texts.title}
      {count > 0 && (
        <span className={classes.count}>
          <span aria-hidden="true">{texts.count(count)}</span>
          <VisuallyHidden>{texts.waiting(count)}</VisuallyHidden>
        </span>
      )}
    </Link>
  );
}

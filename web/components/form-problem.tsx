import type { ReactNode } from 'react';
import classes from './form-problem.module.css';
import { Icon } from './icons.tsx';

/** What the server had against a form as a whole. */
export function FormProblem({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div role="alert" className={classes.problem}>
      <Icon name="warning" />
      <span className={classes.text}>{text}</span>
      {children}
    </div>
  );
}

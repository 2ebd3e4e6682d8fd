import classes from './form-problem.module.css';
import { Icon } from './icons.tsx';

/** What the server had against a form as a whole. */
export function FormProblem({ text }: { text: string }) {
  return (
    <div role="alert" className={classes.problem}>
      <Icon name="warning" />
      <span>{text}</span>
    </div>
  );
}

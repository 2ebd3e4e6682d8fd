import { common } from '../texts.ts';
import classes from './wordmark.module.css';

export function Wordmark() {
  return (
    <span className={classes.wordmark}>
      <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#0f6577" />
        <path
          d="M10 8v16M22 8.5 12.5 16 22 23.5"
          fill="none"
          stroke="#fff"
          strokeWidth="3.4"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
        <circle cx="23.4" cy="16" r="2.4" fill="#f2b35b" />
      </svg>
      {common.product}
    </span>
  );
}

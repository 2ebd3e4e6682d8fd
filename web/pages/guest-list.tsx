import type { Activity } from '../../src/api/schemas/activities.ts';
import { Address } from '../components/address.tsx';
import { answerWords, guests as texts } from '../texts.ts';
import { describeGuest } from './event-fields.ts';
import classes from './guest-list.module.css';

/** Who is invited, and what they said as far as the calendar has told. */
export function GuestList({ activity }: { activity: Activity }) {
  const { attendees } = activity;
  if (attendees.length === 0) return null;
  return (
    <ul className={classes.list} aria-label={texts.label}>
      {attendees.map((guest) => (
        <li key={guest.email} className={classes.guest}>
          <span className={classes.who}>
            <Address text={describeGuest(guest)} />
          </span>
          {guest.answer && <span className={classes.answer}>{answerWords[guest.answer]}</span>}
        </li>
      ))}
    </ul>
  );
}

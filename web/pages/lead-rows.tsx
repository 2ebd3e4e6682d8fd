import { VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Lead } from '../../src/api/schemas/leads.ts';
import { Icon } from '../components/icons.tsx';
import { leads as texts } from '../texts.ts';
import { dayOf, formatMoment } from '../time/format.ts';
import { useNow } from '../time/use-now.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import classes from './leads-page.module.css';

export function LeadRows({ leads }: { leads: Lead[] }) {
  return (
    <>
      <div className={classes.head} aria-hidden="true">
        <span>{texts.columns.name}</span>
        <span>{texts.columns.contact}</span>
        <span className={classes.owner}>{texts.columns.owner}</span>
        <span>{texts.columns.next}</span>
      </div>
      <ul className={classes.list} aria-label={texts.title}>
        {leads.map((lead) => (
          <LeadRow key={lead.id} lead={lead} />
        ))}
      </ul>
    </>
  );
}

function LeadRow({ lead }: { lead: Lead }) {
  const [contact, otherContact] = [lead.email, lead.phone].filter(Boolean);
  return (
    <li className={classes.row}>
      <div className={classes.cell}>
        <Link to="/leads/$leadId" params={{ leadId: lead.id }} className={classes.name}>
          {lead.name}
        </Link>
        <span className={classes.second}>{lead.company}</span>
      </div>
      <div className={`${classes.cell} ${classes.contact}`}>
        <span className={classes.first}>
          <bdi>{contact}</bdi>
        </span>
        <span className={classes.second}>
          <bdi>{otherContact}</bdi>
        </span>
      </div>
      <div className={`${classes.cell} ${classes.owner}`}>
        <VisuallyHidden>{texts.columns.owner}: </VisuallyHidden>
        <span className={classes.first}>{lead.owner.name}</span>
      </div>
      <div className={`${classes.cell} ${classes.next}`}>
        <span className={classes.label}>{texts.columns.next}: </span>
        <NextEvent at={lead.next_event_at} />
      </div>
      <span className={classes.arrow}>
        <Icon name="next" size={18} />
      </span>
    </li>
  );
}

function NextEvent({ at }: { at: string | null }) {
  const zone = useViewerZone();
  const now = useNow();
  if (!at) return <span className={classes.second}>{texts.nothingPlanned}</span>;
  const moment = formatMoment(new Date(at), zone, now);
  const isToday = dayOf(new Date(at), zone) === dayOf(now, zone);
  return (
    <span className={`${classes.first} ${classes.planned}`}>
      {isToday ? texts.today(moment) : moment}
    </span>
  );
}

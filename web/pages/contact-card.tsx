import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Lead } from '../../src/api/schemas/leads.ts';
import { Address } from '../components/address.tsx';
import { lead as texts, leads } from '../texts.ts';
import { dayOf, formatDate } from '../time/format.ts';
import { useViewerZone } from '../time/viewer-zone.ts';
import classes from './contact-card.module.css';

/** Who the lead is and how to reach them. */
export function ContactCard({ lead }: { lead: Lead }) {
  const since = dayOf(new Date(lead.created_at), useViewerZone());
  return (
    <header>
      <Title order={1} className={classes.name}>
        {lead.name}
      </Title>
      {lead.company && <p className={classes.company}>{lead.company}</p>}
      <dl className={classes.facts}>
        <Fact label={leads.form.email}>
          {lead.email && (
            <a href={`mailto:${encodeURI(lead.email)}`}>
              <Address text={lead.email} />
            </a>
          )}
        </Fact>
        <Fact label={leads.form.phone}>
          {lead.phone && (
            <a href={`tel:${lead.phone.replaceAll(/[^+\d]/g, '')}`}>
              <bdi>{lead.phone}</bdi>
            </a>
          )}
        </Fact>
        <Fact label={texts.owner}>{lead.owner.name}</Fact>
        <Fact label={texts.since}>{formatDate(since)}</Fact>
      </dl>
    </header>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{label}</dt>
      <dd>{children || <span className={classes.none}>{texts.none}</span>}</dd>
    </div>
  );
}

-- One mail an outage: that a connection needs to be reconnected, to its owner. One row per connection, made anew
-- (with another id) when another outage begins.
create table outage_mails (
  tenant_id uuid not null references tenants on delete cascade,
  connection_id uuid not null,
  -- Goes into the mail's Message-ID: what is sent twice for want of an answer is the same mail.
  id uuid not null,
  -- The outage: `state_since` of the connection.
  since timestamptz not null,
  attempts int not null default 0,
  -- Null once it was sent, was given up or was no longer true.
  next_attempt_at timestamptz,
  -- A sender holds it until then; one that died lets go of it so.
  locked_until timestamptz,
  outcome text check (outcome in ('sent', 'given-up', 'over')),
  primary key (tenant_id, connection_id),
  foreign key (tenant_id, connection_id) references calendar_integrations on delete cascade
);
create index outage_mails_due on outage_mails (next_attempt_at) where next_attempt_at is not null;

alter table outage_mails enable row level security;
alter table outage_mails force row level security;
create policy within_tenant on outage_mails to {app}
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
grant select, insert, update, delete on outage_mails to {app};
-- Mails of all tenants are claimed from one list (src/jobs/send-outage-mails.ts).
create policy across_tenants on outage_mails to {system} using (true);
grant select (tenant_id, connection_id, id, attempts, next_attempt_at, locked_until),
  update (attempts, next_attempt_at, locked_until) on outage_mails to {system};

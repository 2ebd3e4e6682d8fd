-- What waits for a person's word, found without looking at what does not; and the company's record of who
-- connected, disconnected, decided and changed its rules.

create index event_links_asked on event_links (tenant_id, connection_id)
  where state <> 'closed' and (is_revived or state in ('detached', 'refused') or conflict <> '[]');

alter table tenants
  -- Whether the copies in a calendar stay or go with its connection, unless the person says otherwise.
  add column disconnect_copies text not null default 'keep' check (disconnect_copies in ('keep', 'delete'));

create table audit_entries (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  at timestamptz not null,
  user_id uuid not null,
  action text not null check (action in
    ('connected', 'reconnected', 'disconnected', 'started', 'direction-changed', 'write-target-changed',
     'brake-settled', 'policies-changed', 'change-undone')),
  -- The account that it was about, by its address: it says so also when the connection is gone.
  account text,
  provider text check (provider in ('GOOGLE', 'OUTLOOK')),
  -- From what to what, or which of several; never anything of what is in a calendar.
  details jsonb not null default '{}',
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users
);
create index audit_entries_by_time on audit_entries (tenant_id, at, id);

alter table audit_entries enable row level security;
alter table audit_entries force row level security;
create policy within_tenant on audit_entries to {app}
  using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
-- Written once and read; only the end of its tenant removes it.
grant select, insert on audit_entries to {app};

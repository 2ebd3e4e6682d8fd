-- The sign-in library's own tables (better-auth; its names). Only {auth} may look inside, and {auth}
-- may look at nothing else: a fault in the library cannot reach a tenant's data, nor the other way.
-- The rows of people who may sign in carry their tenant; role and being disabled live in our `users`.

create schema auth;

create table auth."user" (
  id uuid primary key,
  name text not null,
  email text not null unique,
  "emailVerified" boolean not null,
  image text,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null,
  "tenantId" uuid not null
);

create table auth.session (
  id uuid primary key,
  "expiresAt" timestamptz not null,
  token text not null unique,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "userId" uuid not null references auth."user" on delete cascade
);
create index session_by_user on auth.session ("userId");

create table auth.account (
  id uuid primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" uuid not null references auth."user" on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  scope text,
  -- scrypt, with a salt of its own.
  password text,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null,
  -- The library's are for signing in through others, which is not done here.
  check ("providerId" = 'credential' and "accessToken" is null and "refreshToken" is null
    and "idToken" is null)
);
create index account_by_user on auth.account ("userId");

create table auth.verification (
  id uuid primary key,
  identifier text not null,
  value text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null,
  "updatedAt" timestamptz not null
);
create index verification_by_identifier on auth.verification (identifier);

grant usage on schema auth to {auth};
grant select, insert, update, delete on all tables in schema auth to {auth};

import { Anchor, Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { describeError } from '../api/client.ts';
import { sessionQuery, useSignIn } from '../api/session.ts';
import { focusFirstError } from '../components/focus-first-error.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { Wordmark } from '../components/wordmark.tsx';
import { common, demonstration, signIn as texts } from '../texts.ts';
import classes from './sign-in-page.module.css';

export function SignInPage() {
  useDocumentTitle(`${texts.submit} · ${common.product}`);
  const router = useRouter();
  const { next } = useSearch({ from: '/sign-in' });
  const { data: session } = useQuery(sessionQuery);
  const signIn = useSignIn();
  const form = useForm({
    initialValues: { email: '', password: '' },
    validate: {
      email: (value) => (value.trim() ? null : texts.emailMissing),
      password: (value) => (value ? null : texts.passwordMissing),
    },
  });

  const submit = form.onSubmit(
    ({ email, password }) => {
      const onSuccess = () => router.history.push(localPath(next));
      signIn.mutate({ email: email.trim(), password }, { onSuccess });
    },
    (errors) => focusFirstError(form, errors),
  );

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Wordmark />
        <Title order={1} mt="xl">
          {texts.title}
        </Title>
        <Text c="dimmed" mt={4} mb="lg">
          {texts.intro}
        </Text>
        <form onSubmit={submit} noValidate>
          <Stack>
            {signIn.isError && <FormProblem text={describeError(signIn.error)} />}
            <TextInput
              label={texts.email}
              type="email"
              autoComplete="username"
              {...form.getInputProps('email')}
            />
            <PasswordInput
              label={texts.password}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ 'aria-label': texts.showPassword }}
              {...form.getInputProps('password')}
            />
            <Button type="submit" size="md" mt="xs" loading={signIn.isPending}>
              {texts.submit}
            </Button>
          </Stack>
        </form>
      </div>
      {session?.sandbox_url && (
        <section className={classes.hint}>
          <h2 className={classes.hintTitle}>{texts.hintTitle}</h2>
          <Text size="sm">{texts.hint}</Text>
          <dl className={classes.credentials}>
            <dt>{texts.email}</dt>
            <dd>{demonstration.email}</dd>
            <dt>{texts.password}</dt>
            <dd>{demonstration.password}</dd>
          </dl>
          <Anchor
            component="button"
            type="button"
            size="sm"
            fw={600}
            py={4}
            onClick={() => form.setValues(demonstration)}
          >
            {texts.fillIn}
          </Anchor>
        </section>
      )}
    </main>
  );
}

/** Where to go after the sign-in: a path of ours, whatever the address bar claims. */
function localPath(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/leads';
}

import { Button, NativeSelect, NumberInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import type { PoliciesView } from '../../src/api/schemas/calendars.ts';
import { policiesQuery, useSavePolicies } from '../api/calendars.ts';
import { describeError } from '../api/client.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { LoadingRows, QueryError } from '../components/page-states.tsx';
import { common, policies as texts } from '../texts.ts';
import classes from './settings-page.module.css';

/** For admins: what the whole company takes in from calendars. */
export function Policies() {
  const policies = useQuery(policiesQuery);
  const save = useSavePolicies();
  return (
    <section className={classes.everybody} aria-labelledby="policies">
      <Title order={2} id="policies">
        {texts.title}
      </Title>
      <p className={classes.intro}>{texts.intro}</p>
      {policies.isPending && <LoadingRows count={1} height={90} />}
      <QueryError query={policies} />
      {policies.data && (
        // What another admin saved meanwhile is shown, and not written over by what was here before.
        <PoliciesForm key={JSON.stringify(policies.data)} policies={policies.data} save={save} />
      )}
    </section>
  );
}

function PoliciesForm(props: { policies: PoliciesView; save: ReturnType<typeof useSavePolicies> }) {
  const { policies, save } = props;
  const form = useForm<PoliciesView>({ initialValues: policies });
  return (
    <form
      className={`${classes.card} ${classes.policies}`}
      onSubmit={form.onSubmit((values) => save.mutate(values))}
    >
      <NumberInput
        label={texts.back}
        min={0}
        max={3650}
        allowDecimal={false}
        required
        withAsterisk={false}
        hideControls
        {...form.getInputProps('import_days_back')}
      />
      <NumberInput
        label={texts.ahead}
        min={30}
        max={1825}
        allowDecimal={false}
        required
        withAsterisk={false}
        hideControls
        {...form.getInputProps('import_days_ahead')}
      />
      <NativeSelect
        label={texts.ingest}
        data={Object.entries(texts.ingestWords).map(([value, label]) => ({ value, label }))}
        {...form.getInputProps('ingest')}
      />
      <NativeSelect
        label={texts.disconnect}
        data={Object.entries(texts.disconnectWords).map(([value, label]) => ({ value, label }))}
        {...form.getInputProps('disconnect_copies')}
      />
      <div className={classes.save}>
        <Button type="submit" loading={save.isPending}>
          {common.save}
        </Button>
        <output className={classes.saved}>{save.isSuccess && texts.saved}</output>
        {save.isError && <FormProblem text={describeError(save.error)} />}
      </div>
    </form>
  );
}

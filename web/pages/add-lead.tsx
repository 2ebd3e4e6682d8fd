import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { describeError } from '../api/client.ts';
import { useAddLead } from '../api/leads.ts';
import { focusFirstError } from '../components/focus-first-error.ts';
import { FormProblem } from '../components/form-problem.tsx';
import { common, leads } from '../texts.ts';

const texts = leads.form;

export function AddLead({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={texts.title}
      closeButtonProps={{ 'aria-label': common.close }}
    >
      <AddLeadForm onClose={onClose} />
    </Modal>
  );
}

function AddLeadForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const addLead = useAddLead();
  const form = useForm({
    initialValues: { name: '', company: '', email: '', phone: '' },
    validate: {
      name: (value) => (value.trim() ? null : texts.nameMissing),
      email: (value) =>
        !value.trim() || /^\S+@\S+\.\S+$/.test(value.trim()) ? null : texts.emailWrong,
    },
    transformValues: ({ name, company, email, phone }) => ({
      name: name.trim(),
      company: company.trim(),
      email: email.trim(),
      phone: phone.trim(),
    }),
  });

  const submit = form.onSubmit(
    (values) =>
      addLead.mutate(values, {
        onSuccess: (lead) => navigate({ to: '/leads/$leadId', params: { leadId: lead.id } }),
      }),
    (errors) => focusFirstError(form, errors),
  );

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {addLead.isError && <FormProblem text={describeError(addLead.error)} />}
        <TextInput
          data-autofocus
          label={texts.name}
          required
          maxLength={200}
          {...form.getInputProps('name')}
        />
        <TextInput label={texts.company} maxLength={200} {...form.getInputProps('company')} />
        <TextInput
          label={texts.email}
          type="email"
          maxLength={320}
          {...form.getInputProps('email')}
        />
        <TextInput label={texts.phone} type="tel" maxLength={60} {...form.getInputProps('phone')} />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={addLead.isPending}>
            {common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

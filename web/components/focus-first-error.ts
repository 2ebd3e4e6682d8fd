interface FormWithInputs {
  getInputNode(path: string): HTMLElement | null;
}

/** After a refused submit the focus is where the first mistake is, and its text is read out. */
export function focusFirstError(form: FormWithInputs, errors: Record<string, unknown>): void {
  const [first] = Object.keys(errors);
  if (first) form.getInputNode(first)?.focus();
}

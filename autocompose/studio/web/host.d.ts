// What Gradio hands to the load script of a component.
export interface Host {
  element: HTMLElement;
  server: Record<string, (payload: object) => Promise<any>>;
  upload: (file: File) => Promise<{ path: string; url: string }>;
}

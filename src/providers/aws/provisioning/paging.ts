/** Follows the tokens of a list up to its end, also past an empty page; `max` pages at most, against one without end. */
export async function allPages<Page extends { readonly NextToken?: string | undefined }>(
  max: number,
  ask: (token: { readonly NextToken?: string }) => Promise<Page>,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let token: string | undefined;
  do {
    const page = await ask(token === undefined ? {} : { NextToken: token });
    pages.push(page);
    token = page.NextToken;
  } while (token && pages.length < max);
  return pages;
}

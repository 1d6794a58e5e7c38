import type { JSX } from "preact";
import type { HealthView, ProblemView } from "../panels/protocol.ts";
import { Icon } from "./icon.tsx";
import { useTexts } from "./pageContext.ts";

/** What is wrong, most severe first; or, quietly, that nothing was found and what was looked at. */
export function Problems({ view }: { readonly view: HealthView }): JSX.Element | null {
  const { labels } = useTexts();
  const { trouble, problems, checked } = view;
  if (trouble === undefined && problems.length === 0 && checked === undefined) return null;
  return (
    <section aria-labelledby="problems" class="problems">
      <h2 id="problems">{labels.problems}</h2>
      {trouble === undefined ? null : <Entry {...trouble} severityText="" />}
      {problems.length === 0 ? null : (
        <ul>
          {problems.map((problem) => (
            <li key={problem.id}>
              <Entry {...problem} />
            </li>
          ))}
        </ul>
      )}
      {checked === undefined ? null : <Checked checked={checked} isClean={problems.length === 0} />}
    </section>
  );
}

type EntryProps = Pick<ProblemView, "severity" | "severityText" | "title" | "explanation" | "nextStep" | "link">;

function Entry({ severity, severityText, title, explanation, nextStep, link }: EntryProps): JSX.Element {
  const { labels } = useTexts();
  return (
    <article class={`problem ${severity}`}>
      <Icon name={severity} />
      <div>
        <h3>
          <span class="sr-only">{severityText} </span>
          {title}
        </h3>
        <p>{explanation}</p>
        <p class="next-step">
          <strong>{labels.nextStep}: </strong>
          {nextStep}
        </p>
        {link === undefined ? null : (
          <p>
            <a href={link} title={link}>
              {labels.moreAbout}
            </a>
          </p>
        )}
      </div>
    </article>
  );
}

interface CheckedProps {
  readonly checked: string;
  readonly isClean: boolean;
}

function Checked({ checked, isClean }: CheckedProps): JSX.Element {
  const { labels } = useTexts();
  return (
    <p class="quiet">
      {isClean ? <Icon name="passed" /> : null}
      <span>
        {isClean ? <strong>{labels.noProblems}. </strong> : null}
        {checked}
      </span>
    </p>
  );
}

import Alert from '@cloudscape-design/components/alert';
import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { I18nProvider, type I18nProviderProps } from '@cloudscape-design/components/i18n';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { Api } from './app/api.ts';
import { AppContext } from './app/app-context.ts';
import { type Appearance, keep, storedAppearance } from './app/appearance.ts';
import type { LogInError, Session } from './app/session.ts';
import { languages, loadTexts, type Texts } from './app/texts.ts';
import { GdprPage } from './gdpr-page.tsx';
import { RequestPage } from './request-page/request-page.tsx';
import { RequestsPage } from './requests-page.tsx';

/** All words of one language: the page's own, and those of its components. */
export interface Words {
  readonly texts: Texts;
  readonly components: readonly I18nProviderProps.Messages[];
}

/** Loads them. @throws when they cannot be had */
export async function loadWords(language: string): Promise<Words> {
  const { importMessages } = await import('@cloudscape-design/components/i18n');
  const [texts, components] = await Promise.all([loadTexts(language), importMessages(language)]);
  return { texts, components };
}

interface Props {
  readonly session: Session;
  readonly refused: LogInError | undefined;
  readonly words: Words;
}

/** The whole page: who is logged in, the menu, and the page that the address names. */
export function Console({ session, refused, words: first }: Props) {
  const [words, setWords] = useState(first);
  const [isOpen, setIsOpen] = useState(session.isOpen);
  const [appearance, setAppearance] = useState(storedAppearance);
  const [address, go] = useAddress();
  const api = useMemo(() => new Api(session, () => setIsOpen(false)), [session]);
  const [wasOpen] = useState(isOpen);
  const { texts, components } = words;
  const look = (next: Appearance) => {
    keep(next);
    setAppearance(next);
  };
  useEffect(() => {
    document.title = texts.say(titleOf(address));
  }, [texts, address]);
  const top = (
    <TopBar
      session={isOpen ? session : undefined}
      texts={texts}
      appearance={appearance}
      onAppearance={look}
      onLanguage={async (language) => setWords(await loadWords(language))}
    />
  );
  return (
    <I18nProvider locale={texts.language} messages={[...components]}>
      <div id="top">{top}</div>
      {!wasOpen ? (
        <LogInPage texts={texts} session={session} refused={refused} />
      ) : (
        <AppContext value={{ api, texts, go }}>
          <Frame texts={texts} address={address}>
            {session.config.notice && (
              <Box color="text-body-secondary" padding={{ bottom: 's' }}>
                <span lang="en">{session.config.notice}</span>
              </Box>
            )}
            {!isOpen && <SessionEnded texts={texts} session={session} />}
            <PageOf address={address} />
          </Frame>
        </AppContext>
      )}
    </I18nProvider>
  );
}

const PAGES = ['#/gdpr', '#/requests'] as const;

/** The address within the page: `#/gdpr`, `#/requests` or `#/requests/<id>`; nothing else stands there (R24). */
function useAddress(): [address: string, go: (to: string) => void] {
  const [address, setAddress] = useState(location.hash);
  useEffect(() => {
    const read = () => setAddress(location.hash);
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  const go = useCallback((to: string) => {
    location.hash = to;
    setAddress(to); // a dialog may have written the same address before
  }, []);
  return [address, go];
}

const requestIn = (address: string): string | undefined => /^#\/requests\/(.+)$/.exec(address)?.[1];

const titleOf = (address: string) =>
  requestIn(address) ? 'title.request' : address === PAGES[1] ? 'title.requests' : 'title.gdpr';

function PageOf({ address }: { readonly address: string }) {
  const requestId = requestIn(address);
  if (requestId) return <RequestPage key={requestId} requestId={requestId} />;
  return address === PAGES[1] ? <RequestsPage /> : <GdprPage />;
}

/** Tab `APPLIANCE` with its menu (R0). */
function Frame({ texts, address, children }: { texts: Texts; address: string; children: ReactNode }) {
  const present = requestIn(address) || address === PAGES[1] ? PAGES[1] : PAGES[0];
  const [open, setOpen] = useState(matchMedia('(min-width: 900px)').matches);
  return (
    <AppLayoutToolbar
      headerSelector="#top"
      toolsHide
      navigationOpen={open}
      onNavigationChange={({ detail }) => setOpen(detail.open)}
      navigation={
        <SideNavigation
          activeHref={present}
          header={{ href: PAGES[0], text: texts.say('menu.title') }}
          items={[
            { type: 'link', href: PAGES[0], text: texts.say('menu.gdpr') },
            { type: 'link', href: PAGES[1], text: texts.say('menu.requests') },
          ]}
        />
      }
      content={
        <Tabs
          ariaLabel={texts.say('menu.title')}
          tabs={[{ id: 'appliance', label: texts.say('menu.tab'), content: children }]}
        />
      }
    />
  );
}

function SessionEnded({ texts, session }: { readonly texts: Texts; readonly session: Session }) {
  return (
    <Box margin={{ bottom: 'm' }}>
      <Alert
        type="warning"
        header={texts.say('problem.session-ended')}
        action={<Button onClick={() => session.logIn()}>{texts.say('login.button')}</Button>}
      >
        {texts.say('login.ended')}
      </Alert>
    </Box>
  );
}

/** What is shown to who is not logged in. */
function LogInPage({ texts, session, refused }: { texts: Texts; session: Session; refused: LogInError | undefined }) {
  return (
    <main className="log-in">
      <Container header={<Header variant="h1">{texts.say('login.title')}</Header>}>
        <SpaceBetween size="m">
          {refused && (
            <div role="alert">
              <Alert type="error" header={texts.say('login.refused')}>
                {refused.message}
              </Alert>
            </div>
          )}
          <p>{texts.say('login.text')}</p>
          <Button variant="primary" onClick={() => session.logIn().catch(() => location.reload())}>
            {texts.say('login.button')}
          </Button>
        </SpaceBetween>
      </Container>
    </main>
  );
}

type Choice<Value> = (value: Value) => void;
type TopProps = { session: Session | undefined; texts: Texts; appearance: Appearance } & {
  onAppearance: Choice<Appearance>;
  onLanguage: Choice<string>;
};

/** Whose console it is, who is logged in with which scopes, and how the page looks. */
function TopBar({ session, texts, appearance, onAppearance, onLanguage }: TopProps) {
  const { mode, dense } = appearance;
  const { name, id, scopes = [] } = session?.person ?? {};
  const look = (change: string) => {
    if (change === 'mode') onAppearance({ mode: mode === 'dark' ? 'light' : 'dark', dense });
    else onAppearance({ mode, dense: !dense });
  };
  return (
    <TopNavigation
      identity={{
        href: '#/gdpr',
        title: [session?.config.company, texts.say('title.gdpr')].filter(Boolean).join(' – '),
      }}
      utilities={[
        {
          type: 'menu-dropdown',
          iconName: 'settings',
          ariaLabel: texts.say('look.title'),
          title: texts.say('look.title'),
          items: [
            { id: 'mode', text: texts.say(mode === 'dark' ? 'look.light' : 'look.dark') },
            { id: 'dense', text: texts.say(dense ? 'look.comfortable' : 'look.compact') },
          ],
          onItemClick: ({ detail }) => look(detail.id),
        },
        {
          type: 'menu-dropdown',
          iconName: 'globe',
          text: languages.find(({ code }) => code === texts.language)?.name ?? texts.language,
          items: languages.map(({ code, name: language }) => ({ id: code, text: language })),
          onItemClick: ({ detail }) => onLanguage(detail.id),
        },
        ...(session
          ? [
              {
                type: 'menu-dropdown' as const,
                iconName: 'user-profile' as const,
                text: name ?? id ?? texts.say('login.somebody'),
                items: [
                  {
                    id: 'scopes',
                    text: texts.say('login.scopes'),
                    items: scopes.map((scope) => ({ id: scope, text: scope, disabled: true })),
                  },
                  { id: 'log-out', text: texts.say('login.out') },
                ],
                onItemClick: ({ detail }: { detail: { id: string } }) => detail.id === 'log-out' && session.logOut(),
              },
            ]
          : []),
      ]}
    />
  );
}

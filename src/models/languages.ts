import type { Backend } from './profiles.js';

/**
 * The languages that `speechConfig.languageCode` takes on models that take it, BCP-47.
 * Source: Vertex AI Live API languages; Gemini API Live API supported languages, 2025.
 */
export const LANGUAGES: Readonly<Record<Backend, readonly string[]>> = {
  'vertex-ai':
    'ar-EG bn-BD de-DE en-IN en-US es-US fr-FR hi-IN id-ID it-IT ja-JP ko-KR mr-IN nl-NL pl-PL pt-BR ro-RO ru-RU ta-IN te-IN th-TH tr-TR uk-UA vi-VN'.split(
      ' ',
    ),
  'gemini-api':
    'de-DE en-AU en-GB en-IN en-US es-US fr-FR hi-IN pt-BR ar-XA es-ES fr-CA id-ID it-IT ja-JP tr-TR vi-VN bn-IN gu-IN kn-IN ml-IN mr-IN ta-IN te-IN nl-NL ko-KR cmn-CN pl-PL ru-RU th-TH'.split(
      ' ',
    ),
};

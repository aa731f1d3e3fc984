package accounts

import (
	"context"
	"fmt"

	"github.com/gatewright/gatewright/mail"
)

const settingTemplates = "email-templates"

// Template is a mail in the words of the site. Its fields are those of Strapi's settings.
type Template struct {
	Display string          `json:"display"`
	Icon    string          `json:"icon"`
	Options TemplateOptions `json:"options"`
}

// TemplateOptions is what a mail says and who seems to send it.
type TemplateOptions struct {
	From          Sender `json:"from"`
	ResponseEmail string `json:"response_email"`
	Object        string `json:"object"` // the subject
	Message       string `json:"message"`
}

// Sender is the name and address in the From line.
type Sender struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Templates is the mails by purpose.
type Templates map[string]Template

func defaultTemplates() Templates {
	templates := make(Templates)
	for _, p := range mail.Presets() {
		t := p.Template
		templates[p.Name] = Template{Display: p.Display, Icon: p.Icon, Options: TemplateOptions{
			From: Sender{Name: t.FromName, Email: t.FromEmail}, ResponseEmail: t.ResponseEmail, Object: t.Object, Message: t.Message,
		}}
	}
	return templates
}

// Validate returns mail.ErrInvalidTemplate unless the mail can be written with it, and sent: an address that is none would
// end every mail. Either address may be empty.
func (t Template) Validate() error {
	for _, address := range []string{t.Options.From.Email, t.Options.ResponseEmail} {
		if address != "" && !mail.ValidAddress(address) {
			return fmt.Errorf("%w: the sender or the address for answers is no e-mail address", mail.ErrInvalidTemplate)
		}
	}
	return mail.Validate(t.template())
}

func (t Template) template() mail.Template {
	o := t.Options
	return mail.Template{
		FromName: o.From.Name, FromEmail: o.From.Email, ResponseEmail: o.ResponseEmail, Object: o.Object, Message: o.Message,
	}
}

// Templates returns the mails. The map is shared and must not be changed.
func (s *Service) Templates(ctx context.Context) (Templates, error) {
	return s.templates.get(ctx, s.store)
}

// UpdateTemplates changes the mails in one step. Whether a text is a valid template is for the caller to check.
func (s *Service) UpdateTemplates(ctx context.Context, change func(Templates) (Templates, error)) error {
	changed, err := s.templates.update(ctx, s.store, change)
	return s.updated(ctx, settingTemplates, changed, err)
}

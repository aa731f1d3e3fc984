package mail

// Preset is a template as it is from the start, and how the panel shows it.
type Preset struct {
	Name     string // the purpose of the mail
	Display  string // the panel's key for the translated name
	Icon     string
	Template Template
}

// Presets returns the templates from the start, in the order in which they are listed. They are those of Strapi 5.
func Presets() []Preset {
	const name, email = "Administration Panel", "no-reply@strapi.io"
	return []Preset{
		{
			Name:    "reset_password",
			Display: "Email.template.reset_password",
			Icon:    "sync",
			Template: Template{
				FromName:  name,
				FromEmail: email,
				Object:    "Reset password",
				Message: "<p>We heard that you lost your password. Sorry about that!</p>\n\n" +
					"<p>But don’t worry! You can use the following link to reset your password:</p>\n" +
					"<p><%= URL %>?code=<%= TOKEN %></p>\n\n<p>Thanks.</p>",
			},
		},
		{
			Name:    "email_confirmation",
			Display: "Email.template.email_confirmation",
			Icon:    "check-square",
			Template: Template{
				FromName:  name,
				FromEmail: email,
				Object:    "Account confirmation",
				Message: "<p>Thank you for registering!</p>\n\n" +
					"<p>You have to confirm your email address. Please click on the link below.</p>\n\n" +
					"<p><%= URL %>?confirmation=<%= CODE %></p>\n\n<p>Thanks.</p>",
			},
		},
	}
}
